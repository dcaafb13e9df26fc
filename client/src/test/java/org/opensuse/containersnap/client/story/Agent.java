package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.opensuse.containersnap.client.lab.Conversation;
import org.opensuse.containersnap.client.lab.Lab;
import org.opensuse.containersnap.client.lab.Person;
import org.opensuse.containersnap.client.story.Caller.Reply;

/// A polkit agent that answers as it was told to, in the place of the person at the keyboard.
final class Agent implements AutoCloseable {
    private static final Path PROGRAM = Path.of("src/test/resources/polkit-agent");
    private static final long SECONDS = 60;

    private final BlockingQueue<List<String>> heard = new LinkedBlockingQueue<>();
    private final Conversation conversation;

    private Agent(Process program) {
        this.conversation = new Conversation(program, heard::add);
    }

    /// The agent of some callers.
    static Agent of(Caller... callers) {
        Lab lab = callers[0].person().lab();
        return new Agent(lab.start(Stream.concat(
                        Stream.of(lab.inside(PROGRAM)), Arrays.stream(callers).map(Caller::pid))
                .toArray(String[]::new)));
    }

    /// The agent of all that a person does in their session.
    static Agent ofSession(Person person) {
        return new Agent(person.startAsRoot(person.lab().inside(PROGRAM), person.session()));
    }

    /// How an agent answers.
    enum Manner {
        YES,
        /// As after wrong passwords.
        NO,
        /// As somebody who closes the window.
        CANCEL,
        /// As nobody.
        HOLD;

        private String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// What a person is asked.
    ///
    /// @param who the users who may answer, by their IDs with commas between them
    record Question(String action, String message, String who) {}

    /// Answers the questions that come from now on so; at first it holds them.
    Agent answering(Manner manner) {
        conversation.say(manner.word());
        return this;
    }

    /// Answers the questions that it holds, those that were withdrawn included.
    void answerHeld(Manner manner) {
        conversation.say("answer " + manner.word());
    }

    /// Waits for the next question.
    Question question() {
        List<String> words = next("asked");
        return new Question(words.get(1), words.get(2), words.get(3));
    }

    /// Waits for the question that a call leads to.
    Question question(CompletableFuture<Reply> call) {
        Await.until("a question or an answer", () -> !heard.isEmpty() || call.isDone());
        assertThat(call.isDone()).as(() -> call.join().line()).isFalse();
        return question();
    }

    /// Waits until polkit has heard a yes, whatever it makes of it.
    void awaitAnswered() {
        next("answered");
    }

    /// Waits for polkit to take a question back.
    void awaitWithdrawn() {
        next("withdrawn");
    }

    /// That nothing else was heard.
    void assertNothingMore() {
        conversation.say("ping");
        next("pong");
    }

    @Override
    public void close() {
        conversation.close();
    }

    private List<String> next(String what) {
        try {
            List<String> words = heard.poll(SECONDS, TimeUnit.SECONDS);
            assertThat(words).as("the agent hears: %s", what).isNotNull().startsWith(what);
            return words;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
