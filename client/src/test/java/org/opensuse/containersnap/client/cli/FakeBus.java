package org.opensuse.containersnap.client.cli;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.opensuse.containersnap.client.wire.Bus;
import org.opensuse.containersnap.client.wire.BusFailure;
import org.opensuse.containersnap.client.wire.Event;
import org.opensuse.containersnap.client.wire.Method;
import org.opensuse.containersnap.client.wire.Property;
import org.opensuse.containersnap.client.wire.Value;

/// A bus with a script: what each method answers, and what happens while a job is waited for.
final class FakeBus implements Bus {
    static final String JOB_PATH = "/org/opensuse/containersnap1/job/7";

    /// The calls, such as `GetRoot(aaa…)`; of another object than the manager with its path before.
    final List<String> calls = new ArrayList<>();

    /// What comes out of `next` once the answers to calls are taken.
    final Deque<Event> events = new ArrayDeque<>();

    private final Map<Method, Object> answers = new EnumMap<>(Method.class);
    private final Map<String, Value> properties = new HashMap<>();
    private final Deque<Event> replies = new ArrayDeque<>();
    private long sent;
    boolean watched;

    /// What a person who is asked for a password makes of the next call; none when nobody can be asked.
    @Nullable
    Value answerWhenAsked;

    FakeBus answer(Method method, Value value) {
        answers.put(method, value);
        return this;
    }

    FakeBus fail(Method method, BusFailure failure) {
        answers.put(method, failure);
        return this;
    }

    void beforeTheNextReply(Event event) {
        replies.add(event);
    }

    FakeBus property(Property property, Value value) {
        properties.put(property.interfaceName() + "." + property.member(), value);
        return this;
    }

    static Value job(Map<Property, Value> values) {
        Map<String, Value> entries = new HashMap<>();
        values.forEach((property, value) -> entries.put(property.member(), value));
        return new Value.Dictionary(entries);
    }

    static Event.JobChanged changed(Map<Property, Value> values) throws BusFailure {
        return new Event.JobChanged(JOB_PATH, job(values).properties(), false);
    }

    @Override
    public Value call(String path, Method method, Value... arguments) throws BusFailure {
        Object answer = answer(path, method, arguments);
        if (answer instanceof BusFailure failure) {
            throw failure;
        }
        return (Value) answer;
    }

    @Override
    public boolean letAsk() {
        Value answer = answerWhenAsked;
        if (answer == null) {
            return false;
        }
        answerWhenAsked = null;
        answers.values().removeIf(BusFailure.class::isInstance);
        for (Method method : Method.values()) {
            answers.putIfAbsent(method, answer);
        }
        return true;
    }

    @Override
    public void watch() {
        watched = true;
    }

    @Override
    public long send(String path, Method method, Value... arguments) throws BusFailure {
        sent++;
        switch (answer(path, method, arguments)) {
            case BusFailure.Answered failure -> replies.add(new Event.Refusal(sent, failure));
            case BusFailure failure -> throw failure;
            case Object value -> replies.add(new Event.Reply(sent, (Value) value));
        }
        return sent;
    }

    @Override
    public Event next(long timeoutMillis) {
        Event reply = replies.poll();
        if (reply != null) {
            return reply;
        }
        Event event = events.poll();
        if (event == null) {
            throw new AssertionError("the script is at its end, calls were " + calls);
        }
        return event;
    }

    private Object answer(String path, Method method, Value... arguments) {
        calls.add((path.equals("/org/opensuse/containersnap1") ? "" : path + " ") + method.member() + text(arguments));
        if (method == Method.GET_PROPERTY) {
            String name = text(arguments[0]) + "." + text(arguments[1]);
            @Nullable Value value = properties.get(name);
            if (value != null) {
                return value;
            }
        }
        @Nullable Object answer = answers.get(method);
        if (answer == null) {
            throw new AssertionError("no answer to " + calls.getLast());
        }
        return answer;
    }

    private static String text(Value... values) {
        List<String> texts = new ArrayList<>();
        for (Value value : values) {
            texts.add(text(value));
        }
        return texts.toString().replace('[', '(').replace(']', ')');
    }

    private static String text(Value value) {
        return switch (value) {
            case Value.Text(String text) -> text;
            case Value.Flag(boolean on) -> String.valueOf(on);
            case Value.Dictionary(Map<String, Value> entries) ->
                entries.isEmpty()
                        ? "{}"
                        : entries.keySet().toString().replace('[', '{').replace(']', '}');
            case Value.Items(List<Value> items) -> text(items.toArray(Value[]::new));
            case Value.Whole _, Value.Real _ -> throw new AssertionError("no argument: " + value);
        };
    }
}
