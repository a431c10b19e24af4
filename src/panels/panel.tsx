/**
 * The panel of a notebook: its runs, and tabs for what can be seen and done of them.
 */
import { ReactWidget, UseSignal } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { useId } from 'react';

import { Compliance } from './compliance/compliance';
import { Forget } from './forget/forget';
import type { PanelModel } from './model';
import { Pipeline } from './pipeline/pipeline';
import { Records } from './records/records';
import { runLabel } from './runlabel';
import { Runs } from './runs/runs';
import type { Tab } from './state';
import { TabPanel, Tabs } from './tabs';

/** What every part of the panel is given. */
export interface IPanelProps {
  model: PanelModel;
  trans: TranslationBundle;
}

const PARTS: Readonly<Record<Tab, (props: IPanelProps) => JSX.Element>> = {
  pipeline: Pipeline,
  records: Records,
  forget: Forget,
  compliance: Compliance,
  runs: Runs
};

/** The panel as a widget; it owns the model. */
export class PipelinePanel extends ReactWidget {
  constructor(
    readonly model: PanelModel,
    private readonly _trans: TranslationBundle
  ) {
    super();
    this.addClass('jp-Palimpsest-panel');
  }

  dispose(): void {
    this.model.dispose();
    super.dispose();
  }

  protected render(): JSX.Element {
    return (
      <UseSignal signal={this.model.changed}>
        {() => <Content model={this.model} trans={this._trans} />}
      </UseSignal>
    );
  }
}

function Content(props: IPanelProps): JSX.Element {
  const { model, trans } = props;
  const { plan, tab } = model.state;
  const id = useId();
  const Part = PARTS[tab];
  return (
    <>
      <Header {...props} />
      <Failure {...props} />
      {plan ? (
        <>
          <Tabs
            id={id}
            tab={tab}
            onTab={next => void model.show(next)}
            trans={trans}
          />
          <TabPanel id={id} tab={tab}>
            <Part {...props} />
          </TabPanel>
        </>
      ) : (
        <Empty {...props} />
      )}
    </>
  );
}

function Header({ model, trans }: IPanelProps): JSX.Element {
  const { runs, run, busy } = model.state;
  return (
    <header className="jp-Palimpsest-header">
      <label>
        {trans.__('Run')}{' '}
        <select
          value={run?.run ?? ''}
          disabled={runs.length === 0}
          onChange={event => void model.open(event.target.value)}
        >
          {runs.map(other => (
            <option key={other.run} value={other.run}>
              {runLabel(other)}
            </option>
          ))}
        </select>
      </label>
      <button
        className="jp-Palimpsest-button"
        onClick={() => void model.refresh()}
      >
        {trans.__('Refresh')}
      </button>
      <span role="status" aria-live="polite">
        {busy > 0 ? trans.__('Working…') : ''}
      </span>
    </header>
  );
}

function Failure({ model }: IPanelProps): JSX.Element | null {
  const { failure } = model.state;
  return (
    failure && (
      <p role="alert" className="jp-Palimpsest-failure">
        {failure.message} {failure.hint}
      </p>
    )
  );
}

function Empty({ model, trans }: IPanelProps): JSX.Element | null {
  const { busy, connection, runs } = model.state;
  if (connection === 'lost') {
    return (
      <p className="jp-Palimpsest-empty" role="status">
        {trans.__(
          'The kernel was restarted or is out of reach. The runs are safe in their files; they are shown again as soon as the kernel answers. A preview that was open is void.'
        )}
      </p>
    );
  }
  return busy > 0 || runs.length > 0 ? null : (
    <p className="jp-Palimpsest-empty">
      {trans.__(
        'No runs yet. Rewrite the cells of the notebook, accept the proposals and run the last one: it runs the pipeline and records where every row comes from. Then press Refresh.'
      )}
    </p>
  );
}
