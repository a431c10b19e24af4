import * as fc from 'fast-check';

import { CodeReader } from '../codereader';

const CODE = 'def prepare(mails):\n    return mails\n';
const SOURCE = CODE.trimEnd();

/** Read an answer in pieces; what was shown, and what it turned out to be. */
function read(answer: string, size = answer.length || 1) {
  const reader = new CodeReader('prepare');
  let shown = '';
  for (let start = 0; start < answer.length; start += size) {
    shown += reader.push(answer.slice(start, start + size));
  }
  return { shown, ...reader.finish() };
}

describe('CodeReader', () => {
  it.each([
    ['a fenced block', '```python\n' + CODE + '```\n'],
    ['another kind of fence', '~~~py\n' + CODE + '~~~'],
    ['a fence without a language', '```\n' + CODE + '```'],
    ['a block that was not closed', '```python\n' + CODE],
    ['bare code', CODE],
    [
      'thoughts first',
      '<think>\n```python\nx = 1\n```\n</think>\n```python\n' + CODE + '```'
    ]
  ])('finds the code in %s', (_, answer) => {
    expect(read(answer, 3)).toEqual({
      shown: CODE,
      code: SOURCE,
      explanation: ''
    });
  });

  it('keeps what is said around the code as explanation', () => {
    const answer = 'Here it is:\n```python\n' + CODE + '```\nIt merges.\n';
    expect(read(answer)).toMatchObject({
      code: SOURCE,
      explanation: 'Here it is:\nIt merges.'
    });
  });

  it('shows the first block but takes the one that defines the function', () => {
    const answer =
      'Not this:\n```python\nx = 1\n```\nbut\n```python\n' + CODE + '```';
    expect(read(answer)).toMatchObject({ shown: 'x = 1\n', code: SOURCE });
  });

  it('is not ended by a fence inside the code', () => {
    const code =
      'def prepare(a):\n    """\n    ```python\n    """\n    return a\n';
    expect(read('````python\n' + code + '````').code).toBe(code.trimEnd());
    expect(read('```python\n' + code + '```').code).toBe(code.trimEnd());
  });

  it.each(['', 'I cannot do that.', '{"error": "busy"}', '<html></html>', 'x'])(
    'finds no code in %j',
    answer => {
      expect(read(answer)).toEqual({
        shown: '',
        code: null,
        explanation: answer
      });
    }
  );

  it('does not depend on how the answer is cut', () => {
    const part = fc.constantFrom(
      'text\n',
      '```',
      '```python\n',
      '\n',
      'x = 1\n',
      CODE,
      '~~~\n',
      '<think>',
      '</think>'
    );
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 12 }),
        fc.integer({ min: 1, max: 9 }),
        (parts, size) => {
          const answer = parts.join('');
          const { code, explanation } = read(answer);
          expect(read(answer, size)).toMatchObject({ code, explanation });
        }
      )
    );
  });
});
