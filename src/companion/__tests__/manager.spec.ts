import type { NotebookPanel } from '@jupyterlab/notebook';
import { Signal } from '@lumino/signaling';

import { CompanionManager } from '../manager';
import { FakeKernel, FakeSession } from './kernel';

function notebook() {
  const session = new FakeSession(new FakeKernel());
  const panel: any = { sessionContext: session };
  panel.disposed = new Signal<any, void>(panel);
  return { session, panel: panel as NotebookPanel };
}

describe('CompanionManager', () => {
  it('keeps one companion for each notebook', async () => {
    const manager = new CompanionManager();
    const [first, second] = [notebook(), notebook()];
    const companion = await manager.forNotebook(first.panel);
    expect(await manager.forNotebook(first.panel)).toBe(companion);
    expect(await manager.forNotebook(second.panel)).not.toBe(companion);
  });

  it('says why there is none', async () => {
    const { panel, session } = notebook();
    session.kernel = null;
    await expect(
      new CompanionManager().forNotebook(panel)
    ).rejects.toMatchObject({ code: 'no-kernel' });
  });

  it('tells when one was lost', async () => {
    const manager = new CompanionManager();
    const { panel, session } = notebook();
    await manager.forNotebook(panel);
    const changes: unknown[] = [];
    manager.changed.connect((_, change) => changes.push(change));
    session.setStatus('dead');
    expect(changes).toEqual([{ notebook: panel, isConnected: false }]);
  });

  it('lets go of a notebook that is closed', async () => {
    const manager = new CompanionManager();
    const { panel, session } = notebook();
    const companion = await manager.forNotebook(panel);
    (panel.disposed as Signal<any, void>).emit();
    await expect(companion.call('hello', {})).rejects.toMatchObject({
      message: 'The notebook was closed.'
    });
    expect(session.kernel?.comm('palimpsest.query').closed).toBe(true);
  });
});
