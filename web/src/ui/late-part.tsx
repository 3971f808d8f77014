import { type ComponentType, useEffect, useState } from 'react';
import { ErrorState } from './error-state';
import { t } from './messages';
import { Skeleton } from './skeleton';

type Outcome<P> = { part: ComponentType<P> } | { error: Error };

/**
 * A part of a page whose code comes by itself, on its way from now on. React's `lazy` remembers a failure for good; here
 * it is told in the part's place, of the height given, with a way to ask again.
 */
export function latePart<P extends object>(load: () => Promise<ComponentType<P>>, height: number) {
  const ask = (): Promise<Outcome<P>> =>
    load().then(
      (part) => ({ part }),
      (cause: unknown) => ({ error: new Error(t('partMissing'), { cause }) }),
    );
  let asked = ask();
  return function LatePart(props: P) {
    const [outcome, setOutcome] = useState<Outcome<P>>();
    const [round, setRound] = useState(0);
    // biome-ignore lint/correctness/useExhaustiveDependencies: another round is another question
    useEffect(() => {
      let isGone = false;
      void asked.then((came) => {
        if (!isGone) setOutcome(came);
      });
      return () => {
        isGone = true;
      };
    }, [round]);
    if (!outcome) return <Skeleton height={height} />;
    if ('error' in outcome) {
      const again = () => {
        asked = ask();
        setOutcome(undefined);
        setRound(round + 1);
      };
      return <ErrorState error={outcome.error} onRetry={again} minHeight={height} />;
    }
    return <outcome.part {...props} />;
  };
}
