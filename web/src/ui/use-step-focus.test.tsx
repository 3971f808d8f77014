import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { expect, it } from 'vitest';
import { useStepFocus } from './use-step-focus';

function Wizard() {
  const [step, setStep] = useState<string>();
  useStepFocus(step);
  return (
    <>
      <h1 tabIndex={-1}>Step {step}</h1>
      {step === undefined && (
        <button type="button" onClick={() => setStep('one')}>
          Open
        </button>
      )}
      {step === 'one' && (
        <button type="button" onClick={() => setStep('two')}>
          Next
        </button>
      )}
    </>
  );
}

it('starts at the heading where a step took the focus with it, not where the page opens', async () => {
  render(<Wizard />);
  await userEvent.click(screen.getByRole('button', { name: 'Open' }));
  expect(document.body).toHaveFocus();
  await userEvent.click(screen.getByRole('button', { name: 'Next' }));
  expect(screen.getByRole('heading')).toHaveFocus();
});
