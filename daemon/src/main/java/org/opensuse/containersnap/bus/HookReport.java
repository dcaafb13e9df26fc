package org.opensuse.containersnap.bus;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.opensuse.containersnap.engine.HookListener;
import org.opensuse.containersnap.snapshot.Quoted;

/// What hooks printed, for the result of a job: of each the last lines. The journal has all.
final class HookReport implements HookListener {
    static final int LINES = 20;
    private static final int LONGEST_LINE = 200;
    private static final int MOST_HOOKS = 50;

    private final Map<Path, Deque<String>> outputs = new LinkedHashMap<>();

    @Override
    public synchronized void begins(Path hook, int number, int count, boolean cancelable) {
        if (outputs.size() < MOST_HOOKS) {
            outputs.put(hook, new ArrayDeque<>());
        }
    }

    @Override
    public synchronized void line(Path hook, String line) {
        Deque<String> output = outputs.get(hook);
        if (output == null) {
            return;
        }
        output.add(Quoted.plain(line, LONGEST_LINE));
        if (output.size() > LINES) {
            output.remove();
        }
    }

    /// A row for each hook that ran, in their order: its path under `hook`, and under `output` what it printed
    /// last.
    synchronized List<Map<String, String>> rows() {
        List<Map<String, String>> rows = new ArrayList<>();
        outputs.forEach(
                (hook, output) -> rows.add(Map.of("hook", hook.toString(), "output", String.join("\n", output))));
        return rows;
    }
}
