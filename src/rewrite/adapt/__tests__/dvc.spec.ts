import { canUseDvc, translateToDvc } from '../translate/dvc';

const HEAD = ['from git import Repo', '', 'repo = Repo.init("models")'];

/** What became of the statements after the repository is made. */
function body(...lines: string[]): string[] {
  const { code } = translateToDvc([...HEAD, ...lines, ''].join('\n'));
  const all = code.split('\n');
  return all.slice(all.indexOf('start_dvc(repo)') + 1).filter(Boolean);
}

const STAGED = 'add_files(repo, ["a.pt"])';

describe('from Git to DVC', () => {
  it.each([
    ['repo.index.add(["a.pt"])', STAGED],
    ['repo.git.add("a.pt")', STAGED],
    ['repo.index.add(names)', 'add_files(repo, names)'],
    ['repo.git.add(A=True)', 'add_files(repo)'],
    ['repo.git.add("--all")', 'add_files(repo)']
  ])('stages files with a helper: %s', (line, expected) => {
    expect(body(line)).toEqual([expected]);
  });

  it('follows an index that has a name', () => {
    expect(body('index = repo.index', 'index.add(["a.pt"])')).toEqual([
      'index = repo.index',
      STAGED
    ]);
  });

  it('pushes what is committed, and stages first what a commit takes', () => {
    expect(
      body('repo.index.add(["a.pt"])', 'repo.git.commit("-am", "more")')
    ).toEqual([
      STAGED,
      'add_files(repo)',
      'repo.git.commit("-am", "more")',
      'push_files(repo)'
    ]);
  });

  it('brings the files along when Git goes to another revision', () => {
    const [, ...lines] = body(
      'repo.index.add(["a.pt"])',
      'repo.git.checkout("v1")',
      'repo.git.checkout("v1", "--", "a.pt")',
      'repo.heads.main.checkout()'
    );
    expect(lines).toEqual([
      'repo.git.checkout("v1")',
      'checkout_files(repo)',
      'repo.git.checkout("v1", "--", *pointers(repo, ["a.pt"]))',
      'checkout_files(repo)',
      'repo.heads.main.checkout()',
      'checkout_files(repo)'
    ]);
  });

  it('reads the files of a revision through DVC', () => {
    const lines = body(
      'repo.index.add(["a.pt"])',
      'data = (commit.tree / "a.pt").data_stream.read()'
    );
    expect(lines).toContain('data = read_file(repo, commit, "a.pt")');
  });

  it('changes nothing twice', () => {
    const once = translateToDvc([...HEAD, 'repo.git.add(A=True)'].join('\n'));
    expect(once.changed).toBe(true);
    expect(translateToDvc(once.code).changed).toBe(false);
  });

  it('leaves scripts alone that stage nothing', () => {
    expect(canUseDvc('from git import Repo\nprint(Repo(".").head)\n')).toBe(
      false
    );
  });
});
