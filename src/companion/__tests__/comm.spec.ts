import { connectToKernel, LOAD_COMPANION } from '../comm';
import { FakeKernel } from './kernel';

describe('connectToKernel', () => {
  it('loads the companion when the kernel does not know it yet', async () => {
    const kernel = new FakeKernel();
    const client = await connectToKernel(kernel.connection);
    expect(client.closed).toBeNull();
    expect(kernel.executed).toEqual([
      {
        code: LOAD_COMPANION,
        silent: true,
        store_history: false,
        allow_stdin: false,
        stop_on_error: false
      }
    ]);
  });

  it('executes nothing when the companion is there already', async () => {
    const kernel = new FakeKernel();
    kernel.loaded = true;
    await connectToKernel(kernel.connection);
    expect(kernel.executed).toEqual([]);
  });

  it('keeps commands off the subshells', async () => {
    const kernel = new FakeKernel();
    kernel.loaded = true;
    await connectToKernel(kernel.connection);
    expect(kernel.comm('palimpsest.query').commsOverSubshells).toBe(
      'perCommTarget'
    );
    expect(kernel.comm('palimpsest.command').commsOverSubshells).toBe(
      'disabled'
    );
  });

  it('opens the comms when the subshell has started, not before', async () => {
    const kernel = new FakeKernel();
    kernel.loaded = true;
    let start = () => {};
    const started = new Promise<void>(resolve => (start = resolve));
    const create = kernel.createComm.bind(kernel);
    kernel.createComm = target =>
      Object.assign(create(target), { subshellStarted: started });
    const connecting = connectToKernel(kernel.connection);
    await new Promise(resolve => setTimeout(resolve));
    expect(kernel.comm('palimpsest.query').opened).toBe(false);
    start();
    await connecting;
    expect(kernel.comm('palimpsest.query').opened).toBe(true);
  });

  it.each([true, false])(
    'works without subshells (announced: %s)',
    async announced => {
      jest.useFakeTimers();
      try {
        const kernel = new FakeKernel();
        kernel.loaded = true;
        kernel.supportsSubshells = !announced;
        const create = kernel.createComm.bind(kernel);
        kernel.createComm = target =>
          Object.assign(create(target), {
            subshellStarted: new Promise<void>(() => undefined)
          });
        const connecting = connectToKernel(kernel.connection);
        await jest.advanceTimersByTimeAsync(5000);
        await expect(connecting).resolves.toBeDefined();
      } finally {
        jest.useRealTimers();
      }
    }
  );

  it('says how to install a missing companion', async () => {
    const kernel = new FakeKernel();
    kernel.loadReplies = [
      {
        status: 'error',
        ename: 'ModuleNotFoundError',
        evalue: "No module named 'palimpsest'"
      }
    ];
    await expect(connectToKernel(kernel.connection)).rejects.toMatchObject({
      code: 'no-companion',
      message: expect.stringContaining('%pip install palimpsest')
    });
  });

  it('says the same when loading seems to work but registers nothing', async () => {
    const kernel = new FakeKernel();
    Object.defineProperty(kernel, 'loaded', {
      get: () => false,
      set: () => {}
    });
    await expect(connectToKernel(kernel.connection)).rejects.toMatchObject({
      code: 'no-companion'
    });
  });

  it('passes on why a companion cannot be loaded', async () => {
    const kernel = new FakeKernel();
    kernel.loadReplies = [
      {
        status: 'error',
        ename: 'ModuleNotFoundError',
        evalue: "No module named 'pydantic'"
      }
    ];
    await expect(connectToKernel(kernel.connection)).rejects.toMatchObject({
      message: expect.stringContaining("No module named 'pydantic'")
    });
  });

  it('asks again when a failing cell swept the request away', async () => {
    const kernel = new FakeKernel();
    kernel.loadReplies = [{ status: 'aborted' }, { status: 'aborted' }];
    await connectToKernel(kernel.connection);
    expect(kernel.executed).toHaveLength(3);
  });

  it('gives up asking at some point', async () => {
    const kernel = new FakeKernel();
    kernel.loadReplies = Array.from({ length: 9 }, () => ({
      status: 'aborted' as const
    }));
    await expect(connectToKernel(kernel.connection)).rejects.toMatchObject({
      code: 'busy'
    });
  });

  it('does not try to load Python into another language', async () => {
    const kernel = new FakeKernel();
    kernel.language = 'R';
    await expect(connectToKernel(kernel.connection)).rejects.toMatchObject({
      code: 'no-companion',
      message: expect.stringContaining('R')
    });
    expect(kernel.comms).toEqual([]);
  });

  it('refuses a companion of another version', async () => {
    const kernel = new FakeKernel();
    kernel.loaded = true;
    kernel.answer = (comm, { id }) => {
      const error = { code: 'version', message: 'Version 1, not 2.' };
      comm.onMsg({ content: { data: { version: 2, id, error } } });
    };
    await expect(connectToKernel(kernel.connection)).rejects.toMatchObject({
      code: 'version'
    });
    expect(kernel.comms.every(comm => comm.isDisposed)).toBe(true);
  });

  it('sends each method over its own comm and gives buffers as bytes', async () => {
    const kernel = new FakeKernel();
    kernel.loaded = true;
    const client = await connectToKernel(kernel.connection);
    const targets: string[] = [];
    kernel.answer = (comm, request) => {
      targets.push(comm.targetName);
      comm.reply(request.id, {}, [new DataView(new Uint8Array([1, 2]).buffer)]);
    };
    const page = { run: 'r', table: 'training' };
    const { buffers } = await client.callWithBuffers('table.page', page);
    await client.call('forget.apply', { run: 'r', token: 't' });
    expect(targets).toEqual(['palimpsest.query', 'palimpsest.command']);
    expect([...buffers[0]]).toEqual([1, 2]);
  });

  it('rejects calls under way when the kernel closes the comm', async () => {
    const kernel = new FakeKernel();
    kernel.loaded = true;
    const client = await connectToKernel(kernel.connection);
    const call = client.call('runs.list', {});
    kernel.comm('palimpsest.query').close();
    await expect(call).rejects.toMatchObject({ code: 'disconnected' });
  });
});
