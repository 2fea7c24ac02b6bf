"""Runs inside the measured window: first picture of the list, scrolling, search, weight.

``python -m tests.bench.window_probe PROFILE T0 [SECONDS]``: T0 is ``time.time()`` just before the start;
SECONDS of scrolling under a beat that counts late ticks. Prints one JSON line and closes the window.
"""

import json
import os
import sys
import time
from pathlib import Path

import ui.app
from mssclient.model.questions import Search

WORDS = ("bilan", "gly", "bilan cardiologie", '"compte rendu"')


def pss_octets(pid: int) -> int:
    """Proportional set size of one process."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return next(int(line.split()[1]) << 10 for line in rollup.splitlines() if line.startswith("Pss:"))


def family(profile: str) -> list[int]:
    """Every process of this profile (window, engine) and their children."""
    parents: dict[int, int] = {}
    own: set[int] = {os.getpid()}
    for place in Path("/proc").glob("[0-9]*"):
        try:
            pid = int(place.name)
            parents[pid] = int((place / "stat").read_text().rpartition(")")[2].split()[1])
            if profile in (place / "cmdline").read_text().split("\0"):
                own.add(pid)
        except OSError:
            continue
    while grown := {pid for pid, parent in parents.items() if parent in own} - own:
        own |= grown
    return sorted(own)


def name_of(pid: int) -> str:
    """Which of our programs it is."""
    words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    return words[words.index("-m") + 1] if "-m" in words else str(pid)


def watch(window: object, t0: float, seconds: float) -> None:
    from PySide6.QtCore import QEvent, QObject, Qt, QTimer

    view = window.mail.list.view  # type: ignore[attr-defined]
    result: dict[str, object] = {}

    class Eye(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Paint and view.model().rowCount() > 0 and not result:
                result["painted_s"] = round(time.time() - t0, 3)
                QTimer.singleShot(0, self, measure)
            return False

    def measure() -> None:
        bar, frames = view.verticalScrollBar(), []
        result["rows"] = view.model().rowCount()
        for step in range(300):
            before = time.perf_counter()
            bar.setValue(step * 7919 * 37 % max(1, bar.maximum()))
            view.viewport().repaint()
            frames.append((time.perf_counter() - before) * 1e3)
        frames.sort()
        result["frame_ms"] = {"p50": round(frames[150], 1), "p99": round(frames[296], 1)}
        beat()

    def beat() -> None:
        ticks, last, end = [], [time.perf_counter()], time.perf_counter() + seconds
        timer = QTimer(window)  # type: ignore[call-overload]
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.setInterval(16)
        bar = view.verticalScrollBar()

        def tick() -> None:
            now = time.perf_counter()
            ticks.append((now - last[0]) * 1e3)
            last[0] = now
            bar.setValue(len(ticks) * 37 * 60 % max(1, bar.maximum()))
            if now > end:
                timer.stop()
                ticks.sort()
                result["late_ticks_over_50ms"] = sum(each > 66 for each in ticks)
                result["longest_tick_ms"] = round(ticks[-1])
                find()

        timer.timeout.connect(tick)
        timer.start()

    def find(left: tuple[str, ...] = WORDS) -> None:
        if not left:
            finish()
            return
        before = time.perf_counter()

        def answered(_outcome: object) -> None:
            found = result.setdefault("search_ms", {})
            found[left[0]] = round((time.perf_counter() - before) * 1e3, 1)  # type: ignore[index]
            find(left[1:])

        window.bridge.ask(Search(query=left[0], limit=50, lane="bench"), answered)  # type: ignore[attr-defined]

    def finish() -> None:
        weights = {name_of(pid): pss_octets(pid) for pid in family(sys.argv[1])}
        result["pss_mib"] = round(sum(weights.values()) / (1 << 20))
        result["each_mib"] = {name: round(weight / (1 << 20)) for name, weight in weights.items()}
        print(json.dumps(result), flush=True)
        window.close()  # type: ignore[attr-defined]

    eye = Eye(window)  # type: ignore[arg-type]
    view.viewport().installEventFilter(eye)


def main() -> int:
    profile, t0 = sys.argv[1], float(sys.argv[2])
    seconds = float(sys.argv[3]) if len(sys.argv) > 3 else 3.0
    started = ui.app.Client.start

    def start(self: ui.app.Client) -> None:
        # The engine first, then Qt beside it, as the real window does.
        started(self)
        import ui.start

        class Watched(ui.start.MainWindow):
            def __init__(self, *arguments: object) -> None:
                super().__init__(*arguments)  # type: ignore[arg-type]
                watch(self, t0, seconds)

        ui.start.MainWindow = Watched  # type: ignore[misc]

    ui.app.Client.start = start  # type: ignore[method-assign]
    return ui.app.main(["--profile", profile])


if __name__ == "__main__":
    sys.exit(main())
