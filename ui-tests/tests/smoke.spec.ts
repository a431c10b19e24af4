import { expect, test } from '@jupyterlab/galata';

const EXTENSION = 'jupyterlab-palimpsest';

test('JupyterLab opens with the extension active', async ({ page }) => {
  // Given the federated extensions that the server announces to the page
  const announced = await page.evaluate(() => {
    const config = JSON.parse(
      document.getElementById('jupyter-config-data')?.textContent ?? '{}'
    );
    return config.federated_extensions.map(
      (extension: { name: string }) => extension.name
    );
  });

  // Then ours is among them, and the page has loaded its code
  expect(announced).toContain(EXTENSION);
  const loaded = await page.evaluate(
    name => name in (window as any)._JUPYTERLAB,
    EXTENSION
  );
  expect(loaded).toBe(true);
});

test('the server part of the extension is loaded', async ({ page }) => {
  const response = await page.request.get('/lab/api/extensions');
  expect(response.ok()).toBe(true);

  const extensions: { name: string; enabled: boolean; status: string }[] =
    await response.json();
  const ours = extensions.find(extension => extension.name === EXTENSION);
  expect(ours?.enabled).toBe(true);
  expect(ours?.status).toBe('ok');
});
