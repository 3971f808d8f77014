import { createContext, useContext } from 'react';

/** Whether the tables have every digit, to be worked on, or what is easily read. */
const EveryDigit = createContext(false);

export const DigitsProvider = EveryDigit.Provider;

export function useEveryDigit(): boolean {
  return useContext(EveryDigit);
}
