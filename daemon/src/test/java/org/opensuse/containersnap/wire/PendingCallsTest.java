package org.opensuse.containersnap.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.freedesktop.dbus.exceptions.DBusException;
import org.freedesktop.dbus.messages.Message;
import org.freedesktop.dbus.messages.MessageFactory;
import org.freedesktop.dbus.messages.constants.Endian;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Whose reply counts.
class PendingCallsTest {
    private static final String BUS = "org.freedesktop.DBus";
    private static final String POLKIT = "org.freedesktop.PolicyKit1";
    private static final long SERIAL = 7;

    private final MessageFactory messages = new MessageFactory(Endian.LITTLE);
    private final PendingCalls calls = new PendingCalls();

    private Message reply(String sender) throws DBusException {
        return messages.createError(sender, ":1.0", "org.example.Error", SERIAL, "s", "words");
    }

    @ParameterizedTest
    @CsvSource({
        BUS + ", " + BUS + ", true",
        BUS + ", :1.66, false",
        ":1.5, :1.5, true",
        ":1.5, " + BUS + ", true",
        ":1.5, :1.66, false",
        POLKIT + ", :1.9, true",
        POLKIT + ", " + BUS + ", true",
        POLKIT + ", :1.66, false",
        POLKIT + ", :1.8, false"
    })
    void onlyWhoWasAskedAndTheBusAnswer(String asked, String sender, boolean counts) throws Exception {
        assertThat(calls.beginWatching(asked)).isEqualTo(asked.equals(POLKIT));
        calls.owned(POLKIT, ":1.8");
        calls.owned(POLKIT, ":1.9");
        CompletableFuture<List<Object>> answer = calls.add(SERIAL, asked);

        calls.complete(reply(sender), false);

        assertThat(answer.isDone()).isEqualTo(counts);
        if (!counts) {
            calls.complete(reply(BUS), false);
            assertThat(answer).isCompletedExceptionally();
        }
    }

    @Test
    void nobodyAnswersForANameThatNobodyHas() throws Exception {
        assertThat(calls.beginWatching(POLKIT)).isTrue();
        assertThat(calls.beginWatching(POLKIT)).isFalse();
        calls.owned(POLKIT, "");
        CompletableFuture<List<Object>> answer = calls.add(SERIAL, POLKIT);

        calls.complete(reply(":1.9"), false);
        calls.complete(reply(""), false);

        assertThat(answer).isNotDone();
    }

    @Test
    void aReplyIsTakenOnce() throws Exception {
        CompletableFuture<List<Object>> answer = calls.add(SERIAL, BUS);

        calls.complete(reply(BUS), false);
        calls.complete(reply(BUS), false);

        assertThatThrownBy(answer::get)
                .isInstanceOf(ExecutionException.class)
                .hasRootCauseInstanceOf(BusError.class)
                .hasRootCauseMessage("words");
    }

    @Test
    void aReplyThatIsTooLongIsAnError() throws Exception {
        CompletableFuture<List<Object>> answer = calls.add(SERIAL, BUS);

        calls.complete(reply(BUS), true);

        assertThatThrownBy(answer::get).hasMessageContaining("the reply of " + BUS + " is too long");
    }
}
