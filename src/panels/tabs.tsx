/**
 * The tabs of the panel, after the tabs pattern of the ARIA Authoring Practices:
 * one tab stop, arrow keys go from tab to tab.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import React, { useRef } from 'react';

import { TABS, type Tab } from './state';

const LABELS: Readonly<Record<Tab, (trans: TranslationBundle) => string>> = {
  pipeline: trans => trans.__('Pipeline'),
  records: trans => trans.__('Records'),
  forget: trans => trans.__('Forget'),
  compliance: trans => trans.__('Compliance'),
  runs: trans => trans.__('Runs')
};

/** Where each key leads from a tab, of `count` tabs. */
const MOVES: Readonly<Record<string, (at: number, count: number) => number>> = {
  ArrowRight: (at, count) => (at + 1) % count,
  ArrowLeft: (at, count) => (at + count - 1) % count,
  Home: () => 0,
  End: (_, count) => count - 1
};

interface ITabsProps {
  /** Begins the ids of the elements. */
  id: string;
  tab: Tab;
  onTab: (tab: Tab) => void;
  trans: TranslationBundle;
}

/** The tabs. */
export function Tabs({ id, tab, onTab, trans }: ITabsProps): JSX.Element {
  const list = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: React.KeyboardEvent) => {
    const move = MOVES[event.key];
    if (!move) {
      return;
    }
    event.preventDefault();
    const next = move(TABS.indexOf(tab), TABS.length);
    onTab(TABS[next]);
    (list.current?.children.item(next) as HTMLElement | null)?.focus();
  };
  return (
    <div
      ref={list}
      className="jp-Palimpsest-tabs"
      role="tablist"
      aria-label={trans.__('Parts of the panel')}
      onKeyDown={onKeyDown}
    >
      {TABS.map(name => (
        <button
          key={name}
          id={`${id}-tab-${name}`}
          role="tab"
          aria-selected={name === tab}
          aria-controls={`${id}-${name}`}
          tabIndex={name === tab ? 0 : -1}
          onClick={() => onTab(name)}
        >
          {LABELS[name](trans)}
        </button>
      ))}
    </div>
  );
}

/** What the chosen tab shows. */
export function TabPanel(props: {
  id: string;
  tab: Tab;
  children: React.ReactNode;
}): JSX.Element {
  const { id, tab, children } = props;
  return (
    <div
      id={`${id}-${tab}`}
      className="jp-Palimpsest-tabPanel"
      role="tabpanel"
      aria-labelledby={`${id}-tab-${tab}`}
      data-tab={tab}
    >
      {children}
    </div>
  );
}
