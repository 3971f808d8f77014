import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { latePart } from './late-part';

it('says in its place that its code did not come, and asks for it again', async () => {
  let asked = 0;
  const Part = latePart<{ name: string }>(async () => {
    asked += 1;
    if (asked === 1) throw new TypeError('Failed to fetch dynamically imported module');
    return ({ name }) => <p>Chart of {name}</p>;
  }, 100);
  expect(asked).toBe(1);
  render(<Part name="ACME" />);
  expect(await screen.findByRole('alert')).toHaveTextContent('This part of the page did not come.');
  await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
  expect(await screen.findByText('Chart of ACME')).toBeVisible();
});
