import type { Advice, Questionnaire } from '@/api/parse/advice';
import { percent } from '@/lib/format';
import { Badge } from '@/ui/badge';
import { Card } from '@/ui/card';
import type { Column } from '@/ui/column';
import { Table } from '@/ui/table';
import { t } from './advice-messages';
import { Limits } from './limits';
import { LIMIT_NAMES } from './wish';

type Traced = Advice['trace'][number];
type Change = Traced['changes'][number];

interface TraceProps {
  advice: Advice;
  questionnaire: Questionnaire;
}

/** The limits that counted, and which answer leads to them: what any other answer would have come to. */
export function Trace({ advice: { trace, profile, limits }, questionnaire }: TraceProps) {
  const questions = new Map(questionnaire.questions.map((one) => [one.code, one]));
  const answerOf = (code: string, answer: number) =>
    questions.get(code)?.answers[answer - 1] ?? String(answer);
  const columns: Column<Traced>[] = [
    {
      id: 'question',
      header: t('question'),
      isRowHeader: true,
      cell: ({ code, is_deciding }) => (
        <span className="block py-1.5 sm:min-w-48">
          {questions.get(code)?.text ?? code} {is_deciding && <Badge>{t('deciding')}</Badge>}
        </span>
      ),
    },
    {
      id: 'answer',
      header: t('yourAnswer'),
      cell: ({ code, answer, counted }) => (
        <span className="block py-1.5 sm:min-w-32">
          {answerOf(code, answer)}
          {counted !== answer && (
            <span className="block text-muted text-xs">
              {t('countedAs', { answer: answerOf(code, counted) })}
            </span>
          )}
        </span>
      ),
    },
    {
      id: 'others',
      under: true,
      header: t('otherAnswers'),
      cell: ({ code, changes }) => {
        const moving = changes.filter((one) => Object.keys(one.limits).length > 0);
        if (moving.length === 0) return <span className="text-muted">{t('noOtherAnswer')}</span>;
        return (
          <ul className="text-xs md:min-w-64">
            {moving.map((one) => (
              <li key={one.answer}>
                <span className="font-medium">{answerOf(code, one.answer)}</span>{' '}
                <span className="text-muted">
                  {t('wouldBe', { level: one.level, limits: changedLimits(one) })}
                </span>
              </li>
            ))}
          </ul>
        );
      },
    },
  ];
  return (
    <Card title={t('traceTitle')} flush>
      <p className="px-4 text-muted text-sm">
        {t('traceNote', { level: profile.level, tolerance: profile.tolerance, capacity: profile.capacity })}
      </p>
      <Limits limits={limits} own={limits.own} className="grid gap-x-6 gap-y-1.5 px-4 py-3 sm:grid-cols-2" />
      <Table caption={t('traceTitle')} columns={columns} rows={trace} rowKey={({ code }) => code} />
    </Card>
  );
}

/** "fall 15%, crypto 2%, …": the limits that would be others, in the order of the profile. */
function changedLimits({ limits }: Change): string {
  return LIMIT_NAMES.flatMap((name) => {
    const to = limits[name]?.[1];
    if (to === undefined) return [];
    const value = name === 'cash_months' ? t('monthsShort', { count: to }) : percent(to, 0);
    return [t(`short_${name}`, { value })];
  }).join(', ');
}
