package org.opensuse.containersnap.journal;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import org.opensuse.containersnap.snapshot.Failure.InvalidArguments;
import org.slf4j.LoggerFactory;

/// What this process logs and where to, which can be changed while it runs.
public final class LogControl {
    static final String APPENDER = "journal";

    private final Logger root;
    private final JournalAppender appender;

    private LogControl(Logger root, JournalAppender appender) {
        this.root = root;
        this.appender = appender;
    }

    /// Logging is the same for the whole process.
    public static LogControl ofThisProcess() {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
            if (root.getAppender(APPENDER) instanceof JournalAppender appender) {
                return new LogControl(root, appender);
            }
        }
        throw new IllegalStateException("logging was not set up by " + JournalConfigurator.class.getName());
    }

    /// The least urgent that is logged.
    public Priority level() {
        return appender.least();
    }

    public void changeLevel(Priority level) {
        appender.changeLeast(level);
        root.setLevel(level.threshold());
    }

    public LogTarget target() {
        return appender.target();
    }

    /// Changes where entries go.
    ///
    /// @throws InvalidArguments when there is no journal to write to
    public void changeTarget(LogTarget target) throws InvalidArguments {
        boolean there = target == LogTarget.CONSOLE || JournalStream.journalRuns();
        if (!there || !appender.changeTarget(target)) {
            throw new InvalidArguments("can't log to the journal: there is no journald or no libsystemd here");
        }
    }

    /// What the entries are found by: `journalctl -t`.
    public String identifier() {
        return Entry.IDENTIFIER;
    }
}
