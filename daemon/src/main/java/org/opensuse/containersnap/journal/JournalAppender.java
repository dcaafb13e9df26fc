package org.opensuse.containersnap.journal;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import java.io.PrintStream;
import java.util.Optional;

/// Hands what is logged to the journal, or to the console where that is the target or the journal does not take it.
final class JournalAppender extends UnsynchronizedAppenderBase<ILoggingEvent> {
    private final Optional<LibSystemd> journal;
    private final PrintStream console;
    private volatile LogTarget target;
    private volatile Priority least = Priority.INFO;

    JournalAppender(Optional<LibSystemd> journal, PrintStream console, boolean toJournal) {
        this.journal = journal;
        this.console = console;
        this.target = toJournal && journal.isPresent() ? LogTarget.JOURNAL : LogTarget.CONSOLE;
    }

    LogTarget target() {
        return target;
    }

    /// Changes where entries go.
    ///
    /// @return false when there is no way to the journal
    boolean changeTarget(LogTarget wanted) {
        if (wanted == LogTarget.JOURNAL && journal.isEmpty()) {
            return false;
        }
        target = wanted;
        return true;
    }

    /// The least urgent priority that is handed on.
    Priority least() {
        return least;
    }

    void changeLeast(Priority wanted) {
        least = wanted;
    }

    @Override
    protected void append(ILoggingEvent event) {
        // The loggers of libraries have levels of their own, so what comes here may still be less than is wanted.
        if (Priority.of(event.getLevel()).compareTo(least) > 0) {
            return;
        }
        Entry entry = Entry.of(event);
        boolean sent = target == LogTarget.JOURNAL
                && journal.filter(library -> library.send(entry.fields())).isPresent();
        if (!sent) {
            console.print(entry.lines());
        }
    }
}
