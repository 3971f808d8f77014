import { Card, PageHeader } from './card';
import { ErrorState } from './error-state';

const BODY_PX = 320;

interface PageErrorProps {
  title: string;
  error: Error;
  onRetry: () => void;
}

/** In the place of a page whose subject did not come. Without actions: what does not exist takes no file. */
export function PageError({ title, error, onRetry }: PageErrorProps) {
  return (
    <>
      <PageHeader title={title} />
      <Card>
        <ErrorState error={error} onRetry={onRetry} minHeight={BODY_PX} />
      </Card>
    </>
  );
}
