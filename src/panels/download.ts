/** Let the browser save a file. */
export function download(
  name: string,
  type: string,
  content: string | Uint8Array
): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
