// Clocks on the screen go on by themselves.

import { useEffect, useState } from "./vendor/htm-preact.js";

export function useTick(milliseconds) {
  const [, redraw] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => redraw((count) => count + 1), milliseconds);
    return () => clearInterval(timer);
  }, [milliseconds]);
}
