/** The mark; beside it stands the name, so it says nothing to readers. */
export function Logo({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" className="shrink-0">
      <rect width="32" height="32" rx="8" fill="#0f766e" />
      <path
        d="M7 21.5 13 14l4.5 4L25 9"
        fill="none"
        stroke="#fff"
        strokeWidth="2.8"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
      <path d="M7 25.5h18" stroke="#5eead4" strokeWidth="1.8" strokeLinecap="round" opacity=".8" />
      <circle cx="25" cy="9" r="2.6" fill="#5eead4" />
    </svg>
  );
}
