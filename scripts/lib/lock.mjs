import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 500;

/**
 * Do something while no other process does it in this repository.
 *
 * A lock whose owner no longer lives is taken over.
 */
export async function withLock(file, work) {
  await take(file);
  try {
    return await work();
  } finally {
    fs.rmSync(file, { force: true });
  }
}

async function take(file) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  let told = false;
  while (!tryTake(file)) {
    const owner = ownerOf(file);
    if (owner !== null && !isAlive(owner)) {
      fs.rmSync(file, { force: true });
      continue;
    }
    if (!told) {
      told = true;
      console.log(`· Waiting for another set-up (process ${owner}) to finish…`);
    }
    await sleep(POLL_MS);
  }
}

function tryTake(file) {
  try {
    fs.writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') {
      throw error;
    }
    return false;
  }
}

/** The process in the lock file, or `null` while it is being written or is just gone. */
function ownerOf(file) {
  const text = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
  return /^\d+$/.test(text) ? Number(text) : null;
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
