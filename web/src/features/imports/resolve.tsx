import { useEffect, useRef, useState } from 'react';
import type { Import } from '@/api/parse/imports';
import { useChangeImport } from '@/api/queries/imports';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { FormError } from '@/ui/error-state';
import { SelectField } from '@/ui/select';
import { useFirst } from '@/ui/use-first';
import { useWriteBlock } from '@/ui/write-block';
import { t } from './messages';
import { type Answer, creatable, type Question, questionsOf } from './questions';
import { SymbolLine } from './symbol-line';

const SYMBOLS_SHOWN = 25;

interface ResolveProps {
  item: Import;
  onNext: () => void;
}

/** Step 2: which asset a symbol means, and how the file is written. Each answer previews the file anew. */
export function Resolve({ item, onNext }: ResolveProps) {
  const change = useChangeImport();
  const block = useWriteBlock();
  const answer: Answer = (wanted) => change.mutate({ id: item.id, change: wanted });
  const questions = questionsOf(item);
  const answered = Object.keys(item.resolutions).length;
  const isBlocked = block !== undefined || change.isPending;
  return (
    <div className="flex flex-col gap-4">
      {block && <p className="text-muted text-sm">{block}</p>}
      <FormError error={change.error} />
      {questions.length > 0 && (
        <Card title={t('questionsTitle')}>
          <div className="flex flex-col gap-5">
            {questions.map((question) => (
              <OptionQuestion
                key={question.option}
                question={question}
                isBlocked={isBlocked}
                onAnswer={answer}
              />
            ))}
          </div>
        </Card>
      )}
      {item.unknown_symbols.length > 0 && (
        <Symbols item={item} isPending={change.isPending} isBlocked={isBlocked} onAnswer={answer} />
      )}
      <div className="flex flex-wrap items-center justify-end gap-3">
        <p role="status" className="me-auto text-muted text-sm">
          {answered > 0 && t('resolved', { count: answered })}{' '}
          {questions.length === 0 && item.unknown_symbols.length === 0 && t('allAnswered')}
        </p>
        <Button
          kind={questions.length + item.unknown_symbols.length === 0 ? 'primary' : 'secondary'}
          icon="chevronRight"
          onClick={onNext}
        >
          {t('skipQuestions')}
        </Button>
      </div>
    </div>
  );
}

interface OptionQuestionProps {
  question: Question;
  isBlocked: boolean;
  onAnswer: Answer;
}

const CHOICES = {
  decimal: [
    ['.', 'decimalPoint'],
    [',', 'decimalComma'],
  ],
  date_order: [
    ['dmy', 'dmy'],
    ['mdy', 'mdy'],
  ],
} as const;

function OptionQuestion({ question: { option, rows }, isBlocked, onAnswer }: OptionQuestionProps) {
  const [value, setValue] = useState('');
  const choices = CHOICES[option].map(([code, label]) => ({ value: code, label: t(label) }));
  return (
    <div className="flex flex-wrap items-end gap-2">
      <SelectField
        className="max-w-md grow"
        label={t(option === 'decimal' ? 'questionDecimal' : 'questionDate', { count: rows })}
        value={value}
        choices={[{ value: '', label: t('choose') }, ...choices]}
        onChange={({ target }) => setValue(target.value)}
      />
      <Button disabled={value === '' || isBlocked} onClick={() => onAnswer({ [option]: value })}>
        {t('answer')}
      </Button>
    </div>
  );
}

interface SymbolsProps {
  item: Import;
  isPending: boolean;
  isBlocked: boolean;
  onAnswer: Answer;
}

function Symbols({ item, isPending, isBlocked, onAnswer }: SymbolsProps) {
  const symbols = item.unknown_symbols;
  const { shown, rest, showAll } = useFirst(symbols, SYMBOLS_SHOWN);
  const list = useFocusKept(symbols.length);
  const fresh = creatable(symbols);
  return (
    <Card
      title={t('symbolsTitle', { count: symbols.length })}
      action={
        fresh[0] && (
          <Button
            kind="primary"
            icon="plus"
            busy={isPending}
            disabled={isBlocked && !isPending}
            onClick={() => onAnswer({ create_missing: true })}
          >
            {t('createAll', { count: fresh.length, symbol: fresh[0].symbol })}
          </Button>
        )
      }
    >
      <p className="mb-2 text-muted text-sm">
        {t('symbolsNote')} {fresh[0] && t('createAllNote')}
      </p>
      <ul ref={list} tabIndex={-1} className="outline-none">
        {shown.map((symbol) => (
          <SymbolLine key={symbol.symbol} item={symbol} isBlocked={isBlocked} onAnswer={onAnswer} />
        ))}
      </ul>
      {rest > 0 && (
        <Button kind="ghost" className="mt-2" onClick={showAll}>
          {t('more', { count: rest })}
        </Button>
      )}
    </Card>
  );
}

/** An answered line goes, and the focus with it: the list takes it, so that the keyboard stays where it was. */
function useFocusKept(lines: number) {
  const list = useRef<HTMLUListElement>(null);
  const before = useRef(lines);
  useEffect(() => {
    if (lines < before.current && document.activeElement === document.body) list.current?.focus();
    before.current = lines;
  }, [lines]);
  return list;
}
