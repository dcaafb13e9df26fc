package org.opensuse.containersnap.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.opensuse.containersnap.snapshot.Failure.InvalidArguments;

/// What is handed on, and where to. What the journal makes of it is JournalIT's of the client.
class JournalAppenderTest {
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private final JournalAppender appender =
            new JournalAppender(Optional.empty(), new PrintStream(written, true, StandardCharsets.UTF_8), true);
    private final LoggerContext context = new LoggerContext();
    private final Logger logger = context.getLogger("a.B");

    @BeforeEach
    void start() {
        appender.setContext(context);
        appender.start();
        logger.addAppender(appender);
        logger.setLevel(Level.TRACE);
    }

    private String written() {
        return written.toString(StandardCharsets.UTF_8);
    }

    @Test
    void withoutLibsystemdTheConsoleGetsIt() {
        logger.info("hello");

        assertThat(appender.target()).isEqualTo(LogTarget.CONSOLE);
        assertThat(appender.changeTarget(LogTarget.JOURNAL)).isFalse();
        assertThat(written()).isEqualTo("<6>B: hello\n");
    }

    @ParameterizedTest(name = "{0} logs {1}")
    @CsvSource({
        "emerg,   -",
        "alert,   -",
        "crit,    -",
        "err,     error",
        "warning, error warn",
        "notice,  error warn",
        "info,    error warn info",
        "debug,   error warn info debug trace"
    })
    void aLevelLetsThroughWhatIsAsUrgent(String word, String expected) throws InvalidArguments {
        appender.changeLeast(Priority.parse(word));
        logger.error("error");
        logger.warn("warn");
        logger.info("info");
        logger.debug("debug");
        logger.trace("trace");

        assertThat(written()
                        .lines()
                        .map(line -> line.replaceFirst("^<[0-7]>B: ", ""))
                        .collect(Collectors.joining(" ")))
                .isEqualTo(expected.replace("-", ""));
    }

    /// So that nothing is written that the appender throws away.
    @ParameterizedTest
    @CsvSource({
        "emerg, OFF",
        "alert, OFF",
        "crit, OFF",
        "err, ERROR",
        "warning, WARN",
        "notice, WARN",
        "info, INFO",
        "debug, DEBUG"
    })
    void aLoggerSpeaksFromTheSameLevelOn(String word, String level) throws InvalidArguments {
        assertThat(Priority.parse(word).threshold()).isEqualTo(Level.valueOf(level));
    }

    @Test
    void theWordsAreThoseOfSyslogInItsOrder() {
        assertThat(Arrays.stream(Priority.values()).map(Priority::toString))
                .containsExactly("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug");
        assertThat(Arrays.stream(Priority.values()).map(Priority::number)).containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "INFO", "information", "6", "warn", "null", "debug\n"})
    void otherWordsAreNoLevel(String word) {
        assertThatThrownBy(() -> Priority.parse(word))
                .isInstanceOf(InvalidArguments.class)
                .hasMessageContaining("emerg, alert, crit, err, warning, notice, info, debug")
                .hasMessageNotContaining("\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "syslog", "kmsg", "auto", "null", "Journal"})
    void otherWordsAreNoTarget(String word) {
        assertThatThrownBy(() -> LogTarget.parse(word))
                .isInstanceOf(InvalidArguments.class)
                .hasMessageContaining("journal, console");
    }
}
