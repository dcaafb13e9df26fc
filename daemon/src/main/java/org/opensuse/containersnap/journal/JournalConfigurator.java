package org.opensuse.containersnap.journal;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.core.spi.ContextAwareBase;
import java.util.List;

/// Sets logback up, which finds this class by META-INF/services.
public final class JournalConfigurator extends ContextAwareBase implements Configurator {
    /// They tell much of what only their authors need, also at a level that says more of this service.
    private static final List<String> LIBRARIES = List.of("org.freedesktop.dbus", "org.apache.hc");

    @Override
    public ExecutionStatus configure(LoggerContext context) {
        JournalAppender appender = new JournalAppender(LibSystemd.find(), System.err, JournalStream.isStandardError());
        appender.setContext(context);
        appender.setName(LogControl.APPENDER);
        appender.start();
        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.addAppender(appender);
        root.setLevel(appender.least().threshold());
        LIBRARIES.forEach(name -> context.getLogger(name).setLevel(Level.WARN));
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }
}
