/**
 * @jest-environment ./src/llm/__tests__/streamingenvironment.js
 */
import { Slots } from '../slots';

const { signal } = new AbortController();

/** Whether a promise is settled by now. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending');
  const now = new Promise(resolve => setTimeout(() => resolve(pending)));
  return (await Promise.race([promise, now])) !== pending;
}

describe('Slots', () => {
  it('gives out so many places, then in the order of asking', async () => {
    const slots = new Slots(1);
    const giveBack = await slots.take(signal);
    const second = slots.take(signal);
    const third = slots.take(signal);
    expect(await isSettled(second)).toBe(false);
    giveBack();
    (await second)();
    (await third)();
    expect(await isSettled(slots.take(signal))).toBe(true);
  });

  it('forgets who does not wait any more', async () => {
    const slots = new Slots(1);
    const giveBack = await slots.take(signal);
    const abort = new AbortController();
    const waiting = slots.take(abort.signal);
    abort.abort(new Error('Stopped.'));
    await expect(waiting).rejects.toThrow('Stopped.');
    await expect(slots.take(abort.signal)).rejects.toThrow('Stopped.');
    giveBack();
    expect(await isSettled(slots.take(signal))).toBe(true);
  });
});
