import { useId, useState } from 'react';
import type { Label, Sentiment } from '@/api/parse/news';
import { percent } from '@/lib/format';
import { cx } from '@/ui/class';
import { t } from './messages';

const SHOWN_WORDS = 6;
const LOOK: Record<Label, { mark: string; color: string }> = {
  positive: { mark: '▲', color: 'text-gain' },
  neutral: { mark: '●', color: 'text-muted' },
  negative: { mark: '▼', color: 'text-loss' },
};

interface BadgeProps {
  sentiment: Sentiment;
  isOpen: boolean;
  panelId: string;
  onToggle: () => void;
}

/** How a headline reads. Its title says why at a glance; a click, Enter or Space opens the whole explanation. */
function Badge({ sentiment, isOpen, panelId, onToggle }: BadgeProps) {
  const { mark, color } = LOOK[sentiment.label];
  return (
    <button
      type="button"
      title={`${t('words')}: ${strongest(sentiment).map(signed).join(', ') || '–'}`}
      aria-expanded={isOpen}
      aria-controls={panelId}
      onClick={onToggle}
      className={cx(
        'inline-flex min-h-6 items-center gap-1 rounded-full border border-line px-2 text-xs hover:border-control',
        color,
      )}
    >
      <span aria-hidden="true">{mark}</span>
      {t('reads', {
        label: t(sentiment.label).toLocaleLowerCase(),
        percent: percent(sentiment.probabilities[sentiment.label], 0),
      })}
      <span className="sr-only">. {t('explain')}</span>
    </button>
  );
}

/** The badge and, below the line it stands in, what it opens. */
export function useSentiment(sentiment: Sentiment | null) {
  const [isOpen, setOpen] = useState(false);
  const panelId = useId();
  if (!sentiment) return { badge: null, panel: null };
  const toggle = () => setOpen(!isOpen);
  return {
    badge: <Badge sentiment={sentiment} isOpen={isOpen} panelId={panelId} onToggle={toggle} />,
    panel: (
      <div id={panelId} hidden={!isOpen} className="mt-2 rounded-control bg-wash p-3 text-sm">
        {isOpen && <Explanation sentiment={sentiment} />}
      </div>
    ),
  };
}

function Explanation({ sentiment }: { sentiment: Sentiment }) {
  const words = strongest(sentiment);
  return (
    <div className="grid gap-3 sm:grid-cols-2">
      <div>
        <p className="mb-1 font-medium">{t('words')}</p>
        {words.length ? (
          <ul className="flex flex-wrap gap-1.5">
            {words.map((one) => (
              <li
                key={one.word}
                className={cx(
                  'rounded-full border border-line bg-panel px-2 text-xs leading-6',
                  one.log_odds < 0 ? 'text-loss' : 'text-gain',
                )}
              >
                <span aria-hidden="true">{signed(one)}</span>
                <span className="sr-only">
                  {t(one.log_odds < 0 ? 'towardsNegative' : 'towardsPositive', {
                    word: one.word,
                    value: Math.abs(one.log_odds).toFixed(1),
                  })}
                </span>
              </li>
            ))}
          </ul>
        ) : (
          <p className="text-muted">{t('noWords')}</p>
        )}
        <p className="mt-2 text-muted text-xs">{t('wordsNote')}</p>
      </div>
      <div>
        <p className="mb-1 font-medium">{t('probabilities')}</p>
        <Probabilities sentiment={sentiment} />
        <p className="mt-2 break-all text-muted text-xs">{t('model', { model: sentiment.model })}</p>
      </div>
    </div>
  );
}

const FILL: Record<Label, string> = {
  positive: 'bg-gain',
  neutral: 'bg-muted',
  negative: 'bg-loss',
};

function Probabilities({ sentiment: { probabilities } }: { sentiment: Sentiment }) {
  return (
    <dl className="grid grid-cols-[auto_1fr_auto] items-center gap-x-2 gap-y-1 text-xs">
      {(['positive', 'neutral', 'negative'] as const).map((label) => (
        <div key={label} className="contents">
          <dt>{t(label)}</dt>
          <dd className="h-2 overflow-hidden rounded-full bg-wash" aria-hidden="true">
            <div className={cx('h-full', FILL[label])} style={{ width: `${100 * probabilities[label]}%` }} />
          </dd>
          <dd className="text-end tabular-nums">{percent(probabilities[label], 0)}</dd>
        </div>
      ))}
    </dl>
  );
}

type Word = Sentiment['words'][number];

function strongest({ words }: Sentiment): Word[] {
  return words.filter(({ log_odds }) => Math.abs(log_odds) >= 0.05).slice(0, SHOWN_WORDS);
}

function signed({ word, log_odds }: Word): string {
  return `${word} ${log_odds < 0 ? '−' : '+'}${Math.abs(log_odds).toFixed(1)}`;
}
