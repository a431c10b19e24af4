/**
 * Shows the exchanges with the model: what was asked, what was answered, what came
 * of it, and what goes wrong.
 */
import { ReactWidget, UseSignal } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

import { costText, tokensText } from '../diff/proposalview';
import type { IKeptExchange, Purpose } from '../rewrite/exchange';
import { failureMode } from '../rewrite/taxonomy';
import type { FailureMode } from '../rewrite/taxonomy';
import type { ExchangesModel } from './model';

/** What the buttons do that the model cannot. */
export interface IExchangesActions {
  export: () => void;
  deleteAll: () => void;
  forgetStrategies: () => void;
}

/** The widget that shows them. */
export class ExchangesView extends ReactWidget {
  constructor(
    private readonly _model: ExchangesModel,
    private readonly _actions: IExchangesActions,
    private readonly _trans: TranslationBundle
  ) {
    super();
    this.addClass('jp-Palimpsest-panel');
    this.addClass('jp-Palimpsest-exchanges');
  }

  dispose(): void {
    this._model.dispose();
    super.dispose();
  }

  protected render(): JSX.Element {
    return (
      <UseSignal signal={this._model.changed}>
        {() => (
          <Exchanges
            model={this._model}
            actions={this._actions}
            trans={this._trans}
          />
        )}
      </UseSignal>
    );
  }
}

interface IExchangesProps {
  model: ExchangesModel;
  actions: IExchangesActions;
  trans: TranslationBundle;
}

/** Everything that is kept. */
export function Exchanges({
  model,
  actions,
  trans
}: IExchangesProps): JSX.Element {
  const { exchanges, error, spent } = model;
  return (
    <>
      <div className="jp-Palimpsest-header">
        <button
          className="jp-Palimpsest-button"
          onClick={() => void model.refresh()}
        >
          {trans.__('Reload')}
        </button>
        <button
          className="jp-Palimpsest-button"
          disabled={!exchanges?.length}
          onClick={actions.export}
        >
          {trans.__('Export…')}
        </button>
        <button
          className="jp-Palimpsest-button"
          disabled={!exchanges?.length}
          onClick={actions.deleteAll}
        >
          {trans.__('Delete All…')}
        </button>
        <button
          className="jp-Palimpsest-button"
          onClick={actions.forgetStrategies}
        >
          {trans.__('Forget Hints…')}
        </button>
      </div>
      {error !== null && <p role="alert">{error}</p>}
      <p role="status">
        {exchanges === null
          ? trans.__('Loading…')
          : exchanges.length === 0
            ? trans.__('No exchange with a model is kept beside this notebook.')
            : [
                trans._n('%1 exchange', '%1 exchanges', exchanges.length),
                tokensText(spent, trans),
                ...(spent.cost === null ? [] : [costText(spent.cost)])
              ].join(' · ')}
      </p>
      <Failures model={model} trans={trans} />
      {exchanges?.map(exchange => (
        <Exchange
          key={exchange.id}
          exchange={exchange}
          remove={() => void model.delete(exchange.id)}
          trans={trans}
        />
      ))}
    </>
  );
}

/** What goes wrong, in the words of the taxonomy. */
function Failures({
  model,
  trans
}: Pick<IExchangesProps, 'model' | 'trans'>): JSX.Element | null {
  const { failures } = model;
  return failures.length === 0 ? null : (
    <>
      <h3>{trans.__('What goes wrong')}</h3>
      <table className="jp-Palimpsest-failures">
        <thead>
          <tr>
            <th scope="col">{trans.__('Times')}</th>
            <th scope="col">{trans.__('Failure mode')}</th>
            <th scope="col">{trans.__('Here')}</th>
          </tr>
        </thead>
        <tbody>
          {failures.map(({ mode, times }) => (
            <tr key={mode.mode}>
              <td>{times}</td>
              <td>
                {mode.mode} {mode.name}
              </td>
              <td>{signText(mode.mode, trans)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="jp-Palimpsest-origin">
        {trans.__(
          'The failure modes are those of MAST: M. Cemri et al., “Why Do Multi-Agent LLM Systems Fail?”, 2025, arXiv:2503.13657.'
        )}
      </p>
    </>
  );
}

/** What shows a failure mode here. */
function signText(mode: FailureMode, trans: TranslationBundle): string {
  switch (mode) {
    case '1.1':
      return trans.__(
        'The answer breaks the contract or leaves the allowed operations.'
      );
    case '1.3':
      return trans.__('The answer says the same as an earlier one.');
    case '2.3':
      return trans.__('The answer holds no code.');
    case '2.5':
      return trans.__(
        'The answer fails as an earlier one did, after a report that said how.'
      );
    case '3.1':
      return trans.__('The answer ends before its code does.');
    case '3.2':
      return trans.__(
        'The answer was handed over though it does not run, or gives other results.'
      );
    case '3.3':
      return trans.__(
        'The critic chose and approved an answer that is not equivalent.'
      );
  }
}

function purposeText(purpose: Purpose, trans: TranslationBundle): string {
  switch (purpose) {
    case 'rewrite':
      return trans.__('rewrite');
    case 'repair':
      return trans.__('repair');
    case 'critique':
      return trans.__('critique');
    case 'synthesis':
      return trans.__('choice of the critic');
  }
}

function outcomeText(
  { outcome, end, candidate, purpose }: IKeptExchange,
  trans: TranslationBundle
): string {
  switch (outcome?.status) {
    case 'equivalent':
      return trans.__('Equivalent');
    case 'different':
      return trans.__('Different');
    case 'failed':
      return trans.__('Does not run');
    case 'inconclusive':
      return trans.__('Not verified');
    case 'repeat':
      return trans.__('Repeat');
    case undefined:
      return end === 'stopped'
        ? trans.__('Stopped')
        : end === 'failed'
          ? trans.__('Failed')
          : purpose === 'critique'
            ? trans.__('Critique')
            : candidate !== null
              ? // Another candidate was verified first.
                trans.__('Not needed')
              : trans.__('No candidate');
  }
}

/** One exchange: a line, and all of it when it is opened. */
function Exchange(props: {
  exchange: IKeptExchange;
  remove: () => void;
  trans: TranslationBundle;
}): JSX.Element {
  const { exchange, remove, trans } = props;
  const { outcome, failure, messages, answer, error } = exchange;
  return (
    <details className="jp-Palimpsest-exchange">
      <summary>
        <span
          className={`jp-Palimpsest-badge jp-mod-${outcome?.status ?? 'none'}`}
        >
          {outcomeText(exchange, trans)}
        </span>{' '}
        {[
          new Date(exchange.time).toLocaleString(),
          purposeText(exchange.purpose, trans),
          exchange.model,
          trans.__('%1 s', exchange.seconds.toFixed(1)),
          ...(failure === null ? [] : [failureMode(failure).name])
        ].join(' · ')}
      </summary>
      <p>
        {exchange.notebook} · {exchange.task} ·{' '}
        {tokensText(tokensOf(exchange), trans)}
        {exchange.temperature !== null &&
          ' · ' + trans.__('temperature %1', exchange.temperature)}
      </p>
      {outcome && <p>{outcome.summary}</p>}
      {error !== null && <p>{error}</p>}
      {messages.map((message, index) => (
        <Said key={index} who={message.role} text={message.content} />
      ))}
      <Said who={trans.__('answer')} text={answer} />
      <button className="jp-Palimpsest-button" onClick={remove}>
        {trans.__('Delete')}
      </button>
    </details>
  );
}

function tokensOf({ usage, estimated }: IKeptExchange) {
  return { ...usage, estimated };
}

function Said({ who, text }: { who: string; text: string }): JSX.Element {
  return (
    <>
      <h4>{who}</h4>
      <pre tabIndex={0}>{text}</pre>
    </>
  );
}
