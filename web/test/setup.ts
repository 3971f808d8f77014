import { configure } from '@testing-library/react';
import '@testing-library/jest-dom/vitest';
import { cleanup } from '@testing-library/react';
import { afterEach } from 'vitest';

afterEach(() => {
  cleanup();
  localStorage.clear();
  sessionStorage.clear();
});

// A busy machine takes longer than the second that findBy waits for by itself; nothing here asserts on time.
configure({ asyncUtilTimeout: 10_000 });
