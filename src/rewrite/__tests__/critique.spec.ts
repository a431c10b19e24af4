import { critiquePrompt, synthesisPrompt } from '../tasks/critique';
import { taskByName } from '../tasks/registry';
import { REQUEST, candidate, rewriteTo, verdict } from './fixtures';

const task = taskByName('prepare').prompt(REQUEST, []);

function attempt(id: string, rows: number, status: 'different' | 'failed') {
  return {
    candidate: candidate(id, rewriteTo(`customers.head(${rows})`)),
    verdict: verdict(status)
  };
}

describe('the critic', () => {
  const attempts = [
    attempt('m1', 1, 'failed'),
    attempt('m2', 2, 'different'),
    { ...attempt('m3', 2, 'failed'), repeat: true },
    attempt('m4', 4, 'different'),
    attempt('m5', 5, 'failed')
  ];

  it('is shown the candidates that came furthest, with their reports', () => {
    const messages = critiquePrompt(task, REQUEST, attempts);
    expect(messages.slice(0, task.length)).toEqual(task);
    expect(messages.at(-1)).toMatchSnapshot();
  });

  it('has one candidate mended by what it said', () => {
    const critique = critiquePrompt(task, REQUEST, attempts);
    const messages = synthesisPrompt(critique, 'All of them are flawed.');
    expect(messages.slice(critique.length)).toMatchSnapshot();
  });
});
