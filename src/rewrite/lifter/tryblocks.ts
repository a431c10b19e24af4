/**
 * What `except` clauses catch.
 */

/** Whether an exception is caught by these; empty for a bare `except`. */
export function catches(exceptions: string, name: string): boolean {
  const caught = exceptions.split(/\W+/).filter(name => name !== '');
  return (
    caught.length === 0 ||
    caught.includes('Exception') ||
    caught.includes('BaseException') ||
    caught.includes(name) ||
    (caught.includes('LookupError') && /^(Key|Index)Error$/.test(name))
  );
}
