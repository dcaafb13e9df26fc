package org.opensuse.containersnap.client.story;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.opensuse.containersnap.client.lab.RawMessage;
import org.opensuse.containersnap.client.lab.WireWriter;
import org.opensuse.containersnap.client.lab.WireWriter.TypedValue;

/// Calls to the service made by chance: well formed ones with any values, and ones of which some bytes are others.
final class RandomMessages {
    /// What may come back of them: the documented errors of a call that can't be carried out, or an answer.
    static final String ANSWERS = "ok|(UnknownObject|UnknownInterface|UnknownMethod|UnknownProperty|PropertyReadOnly"
            + "|InvalidArgs|InvalidId|InvalidReference|InvalidSource|LimitsExceeded|NotCancelable|NoRollback|NoOrigin): .*";

    private static final String BASIC = "ybnqiuxtdsog";
    private static final int DEEPEST = 5;
    private static final int MOST_ITEMS = 4;
    private static final int MOST_CHANGES = 4;

    /// No string of them is a reference, an ID or the path of an archive.
    private static final String CHARACTERS = " \t\n:/@.-_%\u00e4\u202e\u0001\ufffd\u2028abc012";

    private final Random random;

    RandomMessages(long seed) {
        this.random = new Random(seed);
    }

    /// A call that the bus passes on.
    RawMessage call() {
        RawMessage call = oneOf(List.of(
                member("Manager"),
                member("Job"),
                HostileMessages.call("Properties", oneOf(List.of("Get", "Set", "GetAll"))),
                HostileMessages.call("ObjectManager", "GetManagedObjects"),
                HostileMessages.call("Introspectable", "Introspect"),
                HostileMessages.call("Peer", oneOf(List.of("Ping", "GetMachineId")))));
        if (random.nextInt(4) == 0) {
            call = call.with(
                    RawMessage.PATH, "o", oneOf(List.of("/", Machine.TOP + "/job", Machine.TOP + "/job/1", "/a")));
        }
        if (random.nextInt(8) == 0) {
            call = call.without(RawMessage.INTERFACE);
        }
        if (random.nextInt(4) == 0) {
            call = call.bigEndian();
        }
        String signature = random.nextBoolean() ? expected(call) : signature();
        List<Object> values = new ArrayList<>();
        WireWriter.split(signature).forEach(type -> values.add(value(type, 0)));
        return call.flags(random.nextInt(256) & ~RawMessage.NO_REPLY_EXPECTED).arguments(signature, values.toArray());
    }

    /// A call of which some bytes were changed, or that is too short.
    byte[] broken() {
        byte[] bytes = call().serial(1 + random.nextInt(1000)).bytes();
        for (int i = random.nextInt(MOST_CHANGES); i >= 0; i--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
        return random.nextInt(8) == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length)) : bytes;
    }

    private RawMessage member(String interfaceName) {
        List<String> methods = Contract.members(interfaceName).stream()
                .filter(member ->
                        member.kind().equals("method") && !member.name().equals("Init"))
                .map(Contract.Member::name)
                .toList();
        return HostileMessages.manager(oneOf(methods))
                .with(RawMessage.INTERFACE, "s", Machine.BUS_NAME + "." + interfaceName);
    }

    private static String expected(RawMessage call) {
        return Stream.of("Manager", "Job")
                .flatMap(name -> Contract.members(name).stream())
                .filter(member -> member.name().equals(call.text(RawMessage.MEMBER)))
                .map(Contract.Member::in)
                .findFirst()
                .orElse(
                        switch (call.text(RawMessage.MEMBER)) {
                            case "Get" -> "ss";
                            case "Set" -> "ssv";
                            case "GetAll" -> "s";
                            default -> "";
                        });
    }

    private String signature() {
        StringBuilder signature = new StringBuilder();
        for (int i = random.nextInt(MOST_ITEMS); i > 0; i--) {
            signature.append(type(0));
        }
        return signature.toString();
    }

    private String type(int depth) {
        if (depth >= DEEPEST) {
            return basic();
        }
        return switch (random.nextInt(8)) {
            case 0 -> "a" + type(depth + 1);
            case 1 -> "(" + type(depth + 1) + type(depth + 1) + ")";
            case 2 -> "a{" + basic() + type(depth + 1) + "}";
            case 3 -> "v";
            default -> basic();
        };
    }

    private String basic() {
        return String.valueOf(BASIC.charAt(random.nextInt(BASIC.length())));
    }

    private Object value(String type, int depth) {
        return switch (type.charAt(0)) {
            case 'y', 'n', 'q', 'i', 'u', 'x', 't' -> random.nextLong();
            case 'b' -> random.nextBoolean();
            case 'd' -> Double.longBitsToDouble(random.nextLong());
            case 's' -> string();
            case 'o' -> oneOf(List.of("/", "/a/b", Machine.TOP));
            case 'g' -> signature();
            case 'v' -> {
                String held = type(depth + 1);
                yield new TypedValue(held, value(held, depth + 1));
            }
            case '(' ->
                WireWriter.split(type.substring(1, type.length() - 1)).stream()
                        .map(member -> value(member, depth + 1))
                        .toList();
            default -> array(type.substring(1), depth + 1);
        };
    }

    private Object array(String element, int depth) {
        int size = random.nextInt(MOST_ITEMS);
        if (element.charAt(0) != '{') {
            return Stream.generate(() -> value(element, depth)).limit(size).toList();
        }
        List<String> types = WireWriter.split(element.substring(1, element.length() - 1));
        Map<Object, Object> entries = new LinkedHashMap<>();
        for (int i = 0; i < size; i++) {
            entries.put(value(types.getFirst(), depth), value(types.getLast(), depth));
        }
        return entries;
    }

    private String string() {
        StringBuilder string = new StringBuilder(" ");
        for (int i = random.nextInt(MOST_ITEMS * MOST_ITEMS); i > 0; i--) {
            string.append(CHARACTERS.charAt(random.nextInt(CHARACTERS.length())));
        }
        return random.nextInt(4) == 0 ? Machine.BUS_NAME + ".Manager" : string.toString();
    }

    private <T> T oneOf(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }
}
