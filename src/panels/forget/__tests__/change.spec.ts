import { nullTranslator } from '@jupyterlab/translation';

import type {
  ICheckResults,
  IPlanGraph
} from '../../../companion/protocol.generated';
import { changedFigures, changedScore } from '../change';
import { placeOf } from '../distances';

const trans = nullTranslator.load('jupyterlab_palimpsest');

function plan(rows: number[], columns: number): IPlanGraph {
  return {
    nodes: rows.map((count, id) => ({
      id,
      operation: 'filter',
      label: `step ${id}`,
      rows: count
    })),
    features: [{ start: 0, stop: columns }]
  } as IPlanGraph;
}

describe('changedFigures', () => {
  it('has the tables whose size changed, and the matrix', () => {
    const figures = changedFigures(
      plan([5, 1200], 4),
      plan([5, 1199], 3),
      trans
    );
    expect(figures).toEqual([
      { what: 'filter step 1, rows', before: '1,200', after: '1,199' },
      { what: 'feature matrix, columns', before: '4', after: '3' }
    ]);
  });

  it('is empty when only values changed', () => {
    expect(changedFigures(plan([5], 4), plan([5], 4), trans)).toEqual([]);
  });
});

describe('changedScore', () => {
  const checks = {
    state: 3,
    results: [{ id: 'score', measure: 0.8, measured: 'accuracy' }],
    history: [
      { state: 1, measures: { score: 0.5 } },
      { state: 2, measures: { score: 0.75 } },
      { state: 3, measures: { score: 0.8 } }
    ]
  } as unknown as ICheckResults;

  it('is that of the state before, and that of now', () => {
    expect(changedScore(checks, trans)).toEqual({
      what: 'accuracy',
      before: '0.7500',
      after: '0.8000'
    });
  });

  it('is nothing when it was not measured before', () => {
    expect(changedScore({ ...checks, history: [] }, trans)).toBeNull();
  });
});

describe('placeOf', () => {
  it('grows with the distance, from equality on', () => {
    const places = [0, 1e-16, 1e-9, 1e-3, 1, 1e9].map(placeOf);
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places[0]).toBe(0);
    expect(places.at(-1)).toBe(1);
  });
});
