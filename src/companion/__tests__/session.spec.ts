import type { CompanionError } from '../client';
import { SessionCompanion, type ISession } from '../session';
import { FakeKernel, FakeSession } from './kernel';

function setUp(kernel: FakeKernel | null = new FakeKernel()) {
  const session = new FakeSession(kernel);
  const companion = new SessionCompanion(session as unknown as ISession);
  const changes: string[] = [];
  companion.changed.connect(() => changes.push('changed'));
  return { session, companion, changes };
}

/** Let everything that can happen without the kernel happen. */
function settle(): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, 10));
}

describe('SessionCompanion', () => {
  it('connects when it is first needed, and once', async () => {
    const kernel = new FakeKernel();
    const { companion } = setUp(kernel);
    expect(kernel.comms).toEqual([]);
    await Promise.all([companion.connect(), companion.call('hello', {})]);
    expect(kernel.executed).toHaveLength(1);
  });

  it('says that there is no kernel, and connects when there is one', async () => {
    const { session, companion } = setUp(null);
    await expect(companion.connect()).rejects.toMatchObject({
      code: 'no-kernel'
    });
    session.setKernel(new FakeKernel());
    await companion.connect();
  });

  it('is not disturbed by the first start of the kernel', async () => {
    const { session, companion } = setUp(null);
    let start = () => {};
    session.ready = new Promise<void>(resolve => (start = resolve));
    const connecting = companion.connect();
    session.setKernel(new FakeKernel());
    session.setConnection('connecting');
    session.setStatus('starting');
    session.setConnection('connected');
    session.setStatus('idle');
    start();
    await connecting;
  });

  it('tries again after a failed attempt', async () => {
    const kernel = new FakeKernel();
    kernel.loadReplies = [
      {
        status: 'error',
        ename: 'ModuleNotFoundError',
        evalue: "No module named 'palimpsest'"
      }
    ];
    const { companion } = setUp(kernel);
    await expect(companion.connect()).rejects.toMatchObject({
      code: 'no-companion'
    });
    await companion.connect();
  });

  it('rejects calls under way when the kernel restarts, and comes back', async () => {
    const kernel = new FakeKernel();
    const { session, companion, changes } = setUp(kernel);
    await companion.connect();
    const call = companion.call('runs.list', {});
    await settle();
    session.restart();
    await expect(call).rejects.toMatchObject({
      code: 'disconnected',
      message: expect.stringContaining('restarted')
    });
    await settle();
    expect(changes).toEqual(['changed', 'changed']);
    expect(kernel.executed).toHaveLength(2);
    await companion.call('hello', {});
  });

  it('rejects calls under way when the kernel dies', async () => {
    const { session, companion } = setUp();
    await companion.connect();
    const call = companion.call('runs.list', {});
    await settle();
    session.setStatus('dead');
    await expect(call).rejects.toMatchObject({
      message: expect.stringContaining('died')
    });
  });

  it('rejects an attempt to connect that a restart interrupts', async () => {
    const kernel = new FakeKernel();
    kernel.loaded = true;
    kernel.answer = () => undefined;
    const { session, companion } = setUp(kernel);
    const connecting = companion.connect();
    await settle();
    session.setStatus('autorestarting');
    await expect(connecting).rejects.toMatchObject({ code: 'disconnected' });
  });

  it('follows the notebook to another kernel', async () => {
    const [first, second] = [new FakeKernel(), new FakeKernel()];
    const { session, companion } = setUp(first);
    await companion.connect();
    const call = companion.call('runs.list', {});
    await settle();
    session.setKernel(second);
    await expect(call).rejects.toMatchObject({
      message: expect.stringContaining('replaced')
    });
    await settle();
    expect(second.executed).toHaveLength(1);
    await companion.call('hello', {});
    expect(second.requests.at(-1)?.method).toBe('hello');
  });

  it('does not wait for answers that a lost connection may have swallowed', async () => {
    const kernel = new FakeKernel();
    const { session, companion } = setUp(kernel);
    await companion.connect();
    const call = companion.call('runs.list', {});
    await settle();
    session.setConnection('connecting');
    await expect(call).rejects.toMatchObject({ code: 'disconnected' });
    session.setConnection('connected');
    await settle();
    await companion.call('hello', {});
    // The kernel did not restart: what is loaded stays.
    expect(kernel.executed).toHaveLength(1);
  });

  it('tries once to come back to a kernel that lost its companion', async () => {
    const warn = jest
      .spyOn(console, 'warn')
      .mockImplementation(() => undefined);
    const kernel = new FakeKernel();
    const { session, companion } = setUp(kernel);
    await companion.connect();
    kernel.loadReplies = Array.from({ length: 9 }, () => ({
      status: 'error' as const,
      ename: 'ModuleNotFoundError',
      evalue: "No module named 'palimpsest'"
    }));
    session.restart();
    await settle();
    for (let cell = 0; cell < 3; cell++) {
      session.setStatus('busy');
      session.setStatus('idle');
      await settle();
    }
    expect(kernel.executed).toHaveLength(2);
    await expect(companion.call('hello', {})).rejects.toMatchObject({
      code: 'no-companion'
    });
    expect(warn).toHaveBeenCalledTimes(1);
    warn.mockRestore();
  });

  it('comes back when the kernel restarts again meanwhile', async () => {
    const warn = jest
      .spyOn(console, 'warn')
      .mockImplementation(() => undefined);
    const kernel = new FakeKernel();
    const { session, companion } = setUp(kernel);
    await companion.connect();
    session.restart();
    session.restart();
    await settle();
    session.setStatus('idle');
    await settle();
    const { requests } = kernel;
    const before = requests.length;
    await companion.call('hello', {});
    // Connected already: nothing but the call itself was sent.
    expect(requests.length).toBe(before + 1);
    warn.mockRestore();
  });

  it('does not load itself into kernels that nobody asked it for', async () => {
    const kernel = new FakeKernel();
    const { session } = setUp(kernel);
    session.restart();
    session.setConnection('connecting');
    session.setConnection('connected');
    await settle();
    expect(kernel.comms).toEqual([]);
  });

  it('closes its comms when the notebook is closed', async () => {
    const kernel = new FakeKernel();
    const { companion } = setUp(kernel);
    await companion.connect();
    const call = companion.call('runs.list', {});
    await settle();
    companion.dispose();
    companion.dispose();
    await expect(call).rejects.toMatchObject({ code: 'disconnected' });
    expect(kernel.comm('palimpsest.query').closed).toBe(true);
    await expect(companion.connect()).rejects.toMatchObject({
      message: 'The notebook was closed.'
    });
  });

  it('tells what to do about an interruption', async () => {
    const { session, companion } = setUp();
    await companion.connect();
    const call = companion.call('forget.apply', { run: 'r', token: 't' });
    await settle();
    session.restart();
    const error: CompanionError = await call.then(
      () => Promise.reject(new Error('not rejected')),
      error => error
    );
    expect(error.hint).toContain('receipts');
  });
});
