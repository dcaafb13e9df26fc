package org.opensuse.containersnap.hook;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.opensuse.containersnap.engine.HookListener;

/// What hooks were heard to do, in their order: `1/2 NAME` for each that begins, and what they print.
final class RecordedRun implements HookListener {
    private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();

    @Override
    public void begins(Path hook, int number, int count, boolean cancelable) {
        heard.add(number + "/" + count + " " + hook.getFileName() + (cancelable ? "" : ", uncancelable"));
    }

    @Override
    public void line(Path hook, String line) {
        heard.add(line);
    }

    List<String> heard() {
        return List.copyOf(heard);
    }

    /// The next thing that was heard and not taken yet.
    String take() throws InterruptedException {
        return heard.take();
    }
}
