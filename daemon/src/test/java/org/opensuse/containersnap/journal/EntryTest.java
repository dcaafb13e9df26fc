package org.opensuse.containersnap.journal;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What the journal and the console get of what is logged.
class EntryTest {
    private static Entry logged(Consumer<Logger> words) {
        LoggerContext context = new LoggerContext();
        ListAppender<ILoggingEvent> heard = new ListAppender<>();
        heard.setContext(context);
        heard.start();
        Logger logger = context.getLogger("org.opensuse.containersnap.job.Job");
        logger.setLevel(Level.TRACE);
        logger.addAppender(heard);
        words.accept(logger);
        return Entry.of(heard.list.getFirst());
    }

    private static List<String> fields(Entry entry) {
        return entry.fields().stream()
                .map(field -> new String(field, StandardCharsets.UTF_8))
                .toList();
    }

    @Test
    void keysBecomeFieldsAndTextOfTheMessage() {
        Entry entry = logged(log -> log.atInfo()
                .addKeyValue(Key.EVENT, Event.JOB_STARTED)
                .addKeyValue(Key.JOB, 7)
                .addKeyValue(Key.REFERENCE, "docker://a.b/c:1")
                .addKeyValue(Key.CALLER_UID, 1000L)
                .log("job started"));

        assertThat(fields(entry))
                .containsExactly(
                        "MESSAGE=job started job=7 reference=docker://a.b/c:1 caller_uid=1000",
                        "PRIORITY=6",
                        "SYSLOG_IDENTIFIER=container-snapd",
                        "LOGGER=org.opensuse.containersnap.job.Job",
                        "THREAD_NAME=" + Thread.currentThread().getName(),
                        "MESSAGE_ID=" + Event.JOB_STARTED,
                        "CONTAINER_SNAP_JOB=7",
                        "CONTAINER_SNAP_REFERENCE=docker://a.b/c:1",
                        "CONTAINER_SNAP_CALLER_UID=1000");
        assertThat(entry.lines()).isEqualTo("<6>Job: job started job=7 reference=docker://a.b/c:1 caller_uid=1000\n");
    }

    @Test
    void aKeyMayComeMoreThanOnce() {
        Entry entry = logged(log -> log.atInfo()
                .addKeyValue(Key.IMAGE, "a")
                .addKeyValue(Key.IMAGE, "b")
                .log("brought"));

        assertThat(fields(entry)).contains("CONTAINER_SNAP_IMAGE=a", "CONTAINER_SNAP_IMAGE=b");
    }

    @Test
    void aKeyThatIsNotOfTheSetIsTextOnly() {
        Entry entry = logged(log -> log.atInfo().addKeyValue("_UID", 0).log("x"));

        assertThat(fields(entry)).contains("MESSAGE=x _UID=0").noneMatch(field -> field.startsWith("_UID"));
    }

    @ParameterizedTest
    @CsvSource({"ERROR, 3", "WARN, 4", "INFO, 6", "DEBUG, 7", "TRACE, 7"})
    void levelsBecomePriorities(String level, int priority) {
        Entry entry = logged(log -> log.makeLoggingEventBuilder(org.slf4j.event.Level.valueOf(level))
                .log("x"));

        assertThat(fields(entry)).contains("PRIORITY=" + priority);
        assertThat(entry.lines()).startsWith("<" + priority + ">");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "x\n<0>Job: forged",
                "x\rforged",
                "x\u2028forged",
                "x\u0085forged",
                "\u001b[2K\u001b[1Aforged",
                "x\u0000forged",
                "x\u202eforged",
                "x caller_uid=0",
                "x\" caller_uid=\"0",
                "x\\\" caller_uid=\"0",
                "x\\",
                "",
                "\ud800"
            })
    void aHostileValueIsOneQuotedWordOfOneLine(String hostile) {
        Entry entry = logged(log -> log.atInfo()
                .addKeyValue(Key.REFERENCE, hostile)
                .addKeyValue(Key.CALLER_UID, 1000)
                .log("x"));

        assertThat(entry.lines())
                .matches("<6>Job: x reference=\"([^\\p{Cntrl}\u2028\u202e\"\\\\]|\\\\.)*\" caller_uid=1000\n")
                .hasLineCount(1);
        assertThat(fields(entry))
                .filteredOn(field -> field.startsWith("MESSAGE="))
                .hasSize(1);
        assertThat(fields(entry))
                .contains("CONTAINER_SNAP_CALLER_UID=1000")
                .contains(new String(
                        ("CONTAINER_SNAP_REFERENCE=" + hostile).getBytes(StandardCharsets.UTF_8),
                        StandardCharsets.UTF_8));
    }

    @Test
    void wordsOfAFailureAreReadable() {
        Entry entry = logged(log -> log.atWarn()
                .addKeyValue(Key.ERROR, "can't pull 'x': no such tag")
                .log("job failed"));

        assertThat(fields(entry)).contains("MESSAGE=job failed error=\"can't pull 'x': no such tag\"");
    }

    @Test
    void aMessageIsOneLineWhateverIsInIt() {
        Entry entry = logged(log -> log.warn("can't read {}", "a\n<0>b\nPRIORITY=0"));

        assertThat(entry.lines()).isEqualTo("<4>Job: can't read a\\n<0>b\\nPRIORITY=0\n");
        assertThat(fields(entry)).contains("MESSAGE=can't read a\\n<0>b\\nPRIORITY=0");
    }

    @Test
    void whatIsTooLongIsCut() {
        String endless = "x".repeat(100_000);
        Entry entry =
                logged(log -> log.atInfo().addKeyValue(Key.REFERENCE, endless).log("{}", endless));

        assertThat(entry.fields()).allMatch(field -> field.length < 10_000);
        assertThat(entry.lines()).hasSizeLessThan(10_000);
    }

    @Test
    void theStackOfABugIsAFieldAndNoLineOfItCanBeForged() {
        Entry entry = logged(log -> log.error(
                "internal error 1", new IllegalStateException("y\n<0>Job: forged", new NullPointerException())));

        assertThat(fields(entry))
                .contains("MESSAGE=internal error 1")
                .anySatisfy(field -> assertThat(field)
                        .startsWith("STACKTRACE=java.lang.IllegalStateException: y")
                        .contains("at org.opensuse.containersnap.journal.EntryTest", "Caused by"));
        assertThat(entry.lines().lines()).hasSizeGreaterThan(5).allMatch(line -> line.startsWith("<3>"));
        assertThat(entry.lines().lines().skip(1)).allMatch(line -> line.startsWith("<3>    "));
    }
}
