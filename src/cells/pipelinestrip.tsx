/**
 * The strip above a notebook that tells how the rewrite of its pipeline goes.
 */
import { ReactWidget, UseSignal } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { MessageLoop } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';
import type { ReactNode } from 'react';
import { useEffect, useRef } from 'react';

import { obstacleText } from '../diff/proposalview';
import { Badge, EvidenceList } from '../diff/verdictview';
import type {
  CellStatus,
  IPipelineCell,
  PipelineRewrite
} from './pipelinerewrite';

/** The strip takes at most this share of the window, and scrolls. */
const MOST_OF_WINDOW = 0.4;

/** What the buttons of the strip do beyond the rewrite itself. */
export interface IStripActions {
  /** Show a cell with its proposal. */
  reveal: (cellId: string) => void;
  close: () => void;
}

interface IStripProps {
  rewrite: PipelineRewrite;
  actions: IStripActions;
  trans: TranslationBundle;
}

/** The strip as a widget. */
export class PipelineStrip extends ReactWidget {
  constructor(private readonly _props: IStripProps) {
    super();
    this.addClass('jp-Palimpsest-strip');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute(
      'aria-label',
      _props.trans.__('Rewrite of the pipeline')
    );
  }

  protected render(): JSX.Element {
    return (
      <Measured onHeight={this._onHeight}>
        <UseSignal signal={this._props.rewrite.changed}>
          {() => <StripView {...this._props} />}
        </UseSignal>
      </Measured>
    );
  }

  /** Claim the room that the content needs: the box around the strip gives no more than the least. */
  private readonly _onHeight = (height: number): void => {
    const most = MOST_OF_WINDOW * window.innerHeight;
    this.node.style.minHeight = `${Math.ceil(Math.min(height, most))}px`;
    if (this.parent) {
      MessageLoop.sendMessage(this.parent, Widget.Msg.FitRequest);
    }
  };
}

function Measured(props: {
  onHeight: (height: number) => void;
  children: ReactNode;
}): JSX.Element {
  const { onHeight, children } = props;
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = ref.current!;
    const observer = new ResizeObserver(() => onHeight(element.offsetHeight));
    observer.observe(element);
    return () => observer.disconnect();
  }, [onHeight]);
  return (
    <div ref={ref} className="jp-Palimpsest-stripContent">
      {children}
    </div>
  );
}

/** What the strip shows. */
export function StripView(props: IStripProps): JSX.Element {
  const { rewrite, trans } = props;
  return (
    <>
      <div className="jp-Palimpsest-status">
        <div role="status" aria-live="polite">
          <Stand rewrite={rewrite} trans={trans} />
        </div>
        <StripButtons {...props} />
      </div>
      <ol className="jp-Palimpsest-stripCells">
        {rewrite.cells.map(cell => (
          <CellItem key={cell.cellId} cell={cell} {...props} />
        ))}
      </ol>
      <Problem rewrite={rewrite} trans={trans} />
      {rewrite.verdict && (
        <EvidenceList verdict={rewrite.verdict} trans={trans} />
      )}
    </>
  );
}

function Stand(props: Pick<IStripProps, 'rewrite' | 'trans'>): JSX.Element {
  const { rewrite, trans } = props;
  const { cells, phase, progress, verdict } = rewrite;
  if (cells.length === 0) {
    return (
      <>
        {trans.__(
          'No cell of this notebook prepares data, or makes features, labels or a model.'
        )}
      </>
    );
  }
  const rewritten = cells.filter(({ status }) => isRewritten(status)).length;
  const count = trans.__('%1 of %2 cells rewritten', rewritten, cells.length);
  switch (phase) {
    case 'cells':
      return (
        <label className="jp-Palimpsest-working">
          {count}
          <progress value={cells.filter(isSettled).length} max={cells.length} />
        </label>
      );
    case 'whole':
      return (
        <label className="jp-Palimpsest-working">
          {trans.__('%1; comparing the whole, from the raw files on…', count)}
          <progress value={progress?.done} max={progress?.total} />
        </label>
      );
    case 'stopped':
      return <>{trans.__('%1; stopped', count)}</>;
    case 'finished':
      return (
        <>
          {count}
          {'. '}
          {verdict && <Badge verdict={verdict} edited={false} trans={trans} />}
        </>
      );
  }
}

function isRewritten(status: CellStatus): boolean {
  return status === 'verified' || status === 'accepted';
}

function isSettled({ status }: IPipelineCell): boolean {
  return status !== 'waiting' && status !== 'working';
}

function CellItem(props: IStripProps & { cell: IPipelineCell }): JSX.Element {
  const { cell, actions, trans } = props;
  return (
    <li data-status={cell.status}>
      <button
        className="jp-Palimpsest-link"
        onClick={() => actions.reveal(cell.cellId)}
      >
        {cell.task}
      </button>{' '}
      {statusText(cell.status, trans)}
    </li>
  );
}

function statusText(status: CellStatus, trans: TranslationBundle): string {
  switch (status) {
    case 'waiting':
      return trans.__('waits');
    case 'working':
      return trans.__('at work…');
    case 'verified':
      return trans.__('verified');
    case 'unverified':
      return trans.__('not rewritten');
    case 'accepted':
      return trans.__('accepted');
    case 'rejected':
      return trans.__('rejected');
  }
}

function Problem(
  props: Pick<IStripProps, 'rewrite' | 'trans'>
): JSX.Element | null {
  const { rewrite, trans } = props;
  const { problem } = rewrite;
  if (problem === null) {
    return null;
  }
  return (
    <p className="jp-Palimpsest-obstacle" role="alert">
      {problem instanceof Error
        ? problem.message
        : trans.__(
            'Not everything was accepted. %1',
            obstacleText(problem, trans) ?? ''
          )}
    </p>
  );
}

function StripButtons({ rewrite, actions, trans }: IStripProps): JSX.Element {
  const isWorking = rewrite.phase === 'cells' || rewrite.phase === 'whole';
  return (
    <div className="jp-Palimpsest-actions">
      {isWorking ? (
        <button className="jp-Palimpsest-button" onClick={() => rewrite.stop()}>
          {trans.__('Stop')}
        </button>
      ) : (
        <>
          <button
            className="jp-Palimpsest-button jp-mod-accept"
            disabled={
              !rewrite.cells.some(({ status }) => status === 'verified')
            }
            onClick={() => rewrite.acceptAll()}
          >
            {trans.__('Accept all that is verified')}
          </button>
          <button className="jp-Palimpsest-button" onClick={actions.close}>
            {trans.__('Close')}
          </button>
        </>
      )}
    </div>
  );
}
