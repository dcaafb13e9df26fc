package org.opensuse.containersnap.client.story;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.opensuse.containersnap.client.lab.RawMessage;
import org.opensuse.containersnap.client.lab.WireWriter.TypedValue;

/// Messages that no honest program sends to the service, and what it says to each.
final class HostileMessages {
    private static final String STANDARD = "org.freedesktop.DBus.";
    private static final Map<String, TypedValue> NO_OPTIONS = Map.of();
    private static final int KIB = 1 << 10;
    private static final int MIB = 1 << 20;

    /// Of containers in each other, by the D-Bus specification, and of variants as libdbus has it.
    private static final int DEEPEST = 32;

    private static final int DEEPEST_VARIANTS = 64;

    /// Longer than any message on the system bus may be; 32 MiB is the longest, with its header.
    private static final int TOO_LONG = 64 * MIB;

    private static final int NEARLY_TOO_LONG = 31 * MIB;

    /// What bends the text around it, ends a line, moves a cursor or looks like nothing.
    private static final List<String> STRANGE_NAMES = List.of(
            "\u202e1:ynit",
            "tiny\u2066:1",
            "a\u0007b",
            "\u001b[31mtiny",
            "tiny\n<3>Main: stopped",
            "\u200b",
            "\ufeff",
            "\u0085",
            "\ufffe",
            "\udbff\udfff",
            "",
            " ",
            "../../etc/passwd",
            "--help",
            "a".repeat(5000));

    private HostileMessages() {}

    /// What becomes of a message.
    enum Outcome {
        /// It is answered like any other.
        ANSWERED,
        /// It is refused by an error with this name.
        REFUSED,
        /// No answer comes to it.
        IGNORED,
        /// The bus does not pass it on, and may end the connection.
        UP_TO_BUS
    }

    /// A message and what becomes of it when root sends it, whom the bus lets through with everything.
    ///
    /// @param error the last part of the error's name
    @SuppressWarnings("ArrayRecordComponent") // nobody compares cases
    record Case(String name, byte[] bytes, boolean replyWanted, Outcome outcome, String error) {
        @Override
        public String toString() {
            return name;
        }

        boolean refused() {
            return outcome == Outcome.REFUSED;
        }
    }

    /// They are sent under serials from this on: the bus takes none for a second call before it has seen the answer.
    private static final AtomicLong SERIALS = new AtomicLong(0x7fff_0000);

    static Stream<Case> all() {
        return Stream.of(
                        signatures(),
                        nesting(),
                        sizes(),
                        places(),
                        headers(),
                        names(),
                        properties(),
                        notCalls(),
                        forms())
                .flatMap(List::stream);
    }

    private static List<Case> signatures() {
        List<Case> cases = new ArrayList<>();
        List<Map.Entry<String, List<Object>>> wrong = List.of(
                Map.entry("", List.of()),
                Map.entry("s", List.of("x")),
                Map.entry("i", List.of(1)),
                Map.entry("sss", List.of("x", "y", "z")),
                Map.entry("v", List.of(new TypedValue("s", "x"))),
                Map.entry("(sa{sv})", List.of(List.of("x", NO_OPTIONS))),
                Map.entry("a{sv}s", List.of(NO_OPTIONS, "x")),
                Map.entry("oa{sv}", List.of("/x", NO_OPTIONS)),
                Map.entry("sa{ss}", List.of("x", Map.of())),
                Map.entry("sa{sv}a{sv}", List.of("x", NO_OPTIONS, NO_OPTIONS)));
        for (Contract.Member member : Contract.members("Manager")) {
            if (member.kind().equals("method")) {
                for (Map.Entry<String, List<Object>> arguments : wrong) {
                    if (!arguments.getKey().equals(member.in())) {
                        cases.add(refused(
                                member.name() + "(" + arguments.getKey() + ")",
                                manager(member.name())
                                        .arguments(
                                                arguments.getKey(),
                                                arguments.getValue().toArray()),
                                "InvalidArgs"));
                    }
                }
            }
        }
        cases.add(upToBus("a signature without a body", manager("GetRoot").with(RawMessage.SIGNATURE, "g", "s")));
        cases.add(upToBus("a body without a signature", manager("GetRoot").body(new byte[] {1, 2, 3, 4})));
        cases.add(upToBus(
                "a body that is longer than its signature",
                manager("ListJobs").arguments("a{sv}", NO_OPTIONS).body(new byte[64])));
        cases.add(upToBus(
                "a signature of 300 types", manager("GetRoot").with(RawMessage.SIGNATURE, "g", "s".repeat(300))));
        cases.add(upToBus(
                "a signature that ends in the middle",
                manager("GetRoot").with(RawMessage.SIGNATURE, "g", "a(s").body(new byte[4])));
        cases.add(refused(
                "255 arguments",
                manager("GetRoot")
                        .arguments(
                                "y".repeat(255),
                                Collections.nCopies(255, (Object) 1).toArray()),
                "InvalidArgs"));
        return cases;
    }

    private static List<Case> nesting() {
        return List.of(
                refused(
                        "arrays in each other",
                        manager("GetRoot").arguments("a".repeat(DEEPEST) + "s", nested(DEEPEST, List.of("x"))),
                        "InvalidArgs"),
                upToBus(
                        "more arrays in each other than may be",
                        manager("GetRoot").arguments("a".repeat(DEEPEST + 1) + "s", nested(DEEPEST + 1, List.of("x")))),
                refused(
                        "structs in each other",
                        manager("GetRoot")
                                .arguments(
                                        "(".repeat(DEEPEST) + "s" + ")".repeat(DEEPEST), nested(DEEPEST, List.of("x"))),
                        "InvalidArgs"),
                refused(
                        "empty arrays in each other as an option",
                        option("a".repeat(DEEPEST) + "s", List.of()),
                        "InvalidArgs"),
                refused(
                        "arrays and structs in each other as an option",
                        option("a(".repeat(DEEPEST - 2) + "s" + ")".repeat(DEEPEST - 2), List.of()),
                        "InvalidArgs"),
                refused(
                        "variants in each other as an option",
                        option("v", variants(DEEPEST_VARIANTS - 8)),
                        "InvalidArgs"),
                upToBus("more variants in each other than may be", option("v", variants(DEEPEST_VARIANTS + 8))),
                refused(
                        "variants in each other as a property",
                        call("Properties", "Set")
                                .arguments(
                                        "ssv",
                                        Machine.BUS_NAME + ".Manager",
                                        "Version",
                                        new TypedValue("v", variants(DEEPEST_VARIANTS - 8))),
                        "PropertyReadOnly"));
    }

    private static List<Case> sizes() {
        Map<String, TypedValue> many = IntStream.range(0, 2500)
                .boxed()
                .collect(Collectors.toMap(i -> "option" + i, i -> new TypedValue("y", i % 100)));
        return List.of(
                answered("no options", manager("ListJobs").arguments("a{sv}", NO_OPTIONS)),
                refused("2500 options", manager("ListJobs").arguments("a{sv}", many), "InvalidArgs"),
                refused(
                        "an option twice",
                        manager("ListJobs")
                                .arguments(
                                        "a(sv)",
                                        List.of(
                                                List.of("x", new TypedValue("s", "1")),
                                                List.of("x", new TypedValue("s", "2"))))
                                .with(RawMessage.SIGNATURE, "g", "a{sv}"),
                        "InvalidArgs"),
                refused(
                        "60 KiB of empty arrays",
                        option("aay", Collections.nCopies(15 * KIB, List.of())),
                        "InvalidArgs"),
                refused(
                        "60 KiB of variants",
                        option("av", Collections.nCopies(15 * KIB, new TypedValue("y", 1))),
                        "InvalidArgs"),
                refused("an option of 60 KiB", option("ay", new byte[60 * KIB]), "InvalidArgs"),
                refused("an option of 65 KiB", option("ay", new byte[65 * KIB]), "LimitsExceeded"),
                refused(
                        "an array of 31 MiB",
                        manager("GetRoot").arguments("ay", new byte[NEARLY_TOO_LONG]),
                        "LimitsExceeded"),
                refused(
                        "a string of 31 MiB",
                        manager("GetRoot").arguments("s", text(NEARLY_TOO_LONG)),
                        "LimitsExceeded"),
                upToBus("a string of 64 MiB", manager("GetRoot").arguments("s", text(TOO_LONG))),
                upToBus("an array of 64 MiB", manager("GetRoot").arguments("ay", new byte[TOO_LONG])),
                refused(
                        "a path of 6 KiB",
                        call("Peer", "Introspect")
                                .with(RawMessage.PATH, "o", "/a".repeat(3 * KIB))
                                .with(RawMessage.INTERFACE, "s", STANDARD + "Introspectable"),
                        "UnknownObject"),
                ignored(
                        "a path of 30 MiB",
                        call("Introspectable", "Introspect")
                                .with(RawMessage.PATH, "o", ("/" + "a".repeat(KIB - 1)).repeat(30 * KIB))));
    }

    private static List<Case> places() {
        List<Case> cases = new ArrayList<>();
        for (String path : List.of("", "a", "//", "/a/", "/ä", "/a b", "/\u202e", "/a.b")) {
            cases.add(upToBus("path '" + path + "'", manager("ListJobs").with(RawMessage.PATH, "o", path)));
        }
        for (String path : List.of(
                "/x",
                Machine.TOP + "/x",
                Machine.TOP + "/job/0",
                Machine.TOP + "/job/99999999999999999999",
                Machine.TOP + "/snapshot/0",
                Machine.TOP + "/image/" + "0".repeat(64))) {
            cases.add(refused(
                    "Introspect of " + path,
                    call("Introspectable", "Introspect").with(RawMessage.PATH, "o", path),
                    "UnknownObject"));
            cases.add(refused(
                    "GetAll of " + path,
                    call("Properties", "GetAll")
                            .with(RawMessage.PATH, "o", path)
                            .arguments("s", ""),
                    "UnknownObject"));
            cases.add(answered("Ping of " + path, call("Peer", "Ping").with(RawMessage.PATH, "o", path)));
        }
        for (String path : List.of("/", "/org", Machine.TOP + "/job", "/org/freedesktop/LogControl1")) {
            cases.add(refused(
                    "GetManagedObjects of " + path,
                    call("ObjectManager", "GetManagedObjects").with(RawMessage.PATH, "o", path),
                    "UnknownInterface"));
            cases.add(answered("Ping of " + path, call("Peer", "Ping").with(RawMessage.PATH, "o", path)));
        }
        cases.add(refused("an unknown member", manager("Explode"), "UnknownMethod"));
        cases.add(refused("a member of another interface", manager("Ping"), "UnknownMethod"));
        cases.add(refused("a member with the longest name", manager("x".repeat(255)), "UnknownMethod"));
        cases.add(refused("a signal's name as a member", manager("JobNew"), "UnknownMethod"));
        cases.add(refused("a property's name as a member", manager("Version"), "UnknownMethod"));
        cases.add(refused(
                "an unknown interface",
                manager("ListJobs").with(RawMessage.INTERFACE, "s", "a.b"),
                "UnknownInterface"));
        cases.add(refused(
                "no interface and an unknown member",
                manager("Explode").without(RawMessage.INTERFACE),
                "UnknownMethod"));
        cases.add(answered(
                "no interface",
                manager("ListJobs").without(RawMessage.INTERFACE).arguments("a{sv}", NO_OPTIONS)));
        return cases;
    }

    private static List<Case> headers() {
        RawMessage good = call("Peer", "Ping");
        List<Case> cases = new ArrayList<>(List.of(
                answered("an unknown field", good.with(200, "s", "x")),
                answered(
                        "an unknown field before the others",
                        new RawMessage(
                                good.order(),
                                RawMessage.CALL,
                                0,
                                1,
                                0,
                                prepended(77, "a{sv}", Map.of("x", new TypedValue("ax", List.of(1))))
                                        .fields(),
                                new byte[0])),
                answered("an unknown field with variants in each other", good.with(111, "v", variants(8))),
                upToBus("a reply serial in a call", good.with(RawMessage.REPLY_SERIAL, "u", 1)),
                answered("an error name in a call", good.with(RawMessage.ERROR_NAME, "s", "a.b")),
                answered("the bus as the sender", good.with(RawMessage.SENDER, "s", "org.freedesktop.DBus")),
                answered("all flags but one", good.flags(0xfe)),
                ignored("all flags", good.flags(0xff)),
                answered("the highest serial", good.serial(0xffff_ffffL)),
                upToBus("no serial", good.serial(1L << 32)),
                upToBus("field 0", good.with(0, "s", "x")),
                upToBus("no path", good.without(RawMessage.PATH)),
                upToBus("no member", good.without(RawMessage.MEMBER)),
                upToBus("a path of another type", good.with(RawMessage.PATH, "s", "/")),
                upToBus("another version", good.version(2)),
                upToBus("file descriptors that are not there", good.with(RawMessage.UNIX_FDS, "u", 1000))));
        for (String name : List.of("", "1", "a-b", "a.b", "ä", "\u202ePing", "Ping\n", "x".repeat(256))) {
            cases.add(upToBus("member '" + name + "'", good.with(RawMessage.MEMBER, "s", name)));
        }
        for (String name : List.of("", "a", "a..b", "a.1", "a.ä", "a.\u202e", "a." + "x".repeat(256))) {
            cases.add(upToBus("interface '" + name + "'", good.with(RawMessage.INTERFACE, "s", name)));
        }
        for (int type : List.of(0, 5, 77, 255)) {
            cases.add(upToBus("type " + type, good.type(type)));
        }
        return cases;
    }

    private static List<Case> names() {
        List<Case> cases = new ArrayList<>();
        for (String name : STRANGE_NAMES) {
            String shown = name.codePoints()
                    .limit(20)
                    .mapToObj(c -> String.format("%x", c))
                    .collect(Collectors.joining(" "));
            cases.add(refused("GetRoot of " + shown, manager("GetRoot").arguments("s", name), "InvalidId"));
            cases.add(refused(
                    "SetReadOnly of " + shown,
                    manager("SetReadOnly").arguments("sba{sv}", name, true, NO_OPTIONS),
                    "InvalidId"));
            cases.add(refused(
                    "Load of " + shown, manager("Load").arguments("sa{sv}", name, NO_OPTIONS), "InvalidSource"));
            cases.add(refused(
                    "Pull of " + shown,
                    manager("Pull").arguments("sa{sv}", "docker://127.0.0.1:1/" + name + "\u202e", NO_OPTIONS),
                    "InvalidReference"));
            cases.add(refused(
                    "the property " + shown,
                    call("Properties", "Get").arguments("ss", Machine.BUS_NAME + ".Manager", name),
                    "UnknownProperty"));
            cases.add(refused(
                    "the interface " + shown,
                    call("Properties", "GetAll").arguments("s", name + "."),
                    "UnknownInterface"));
            cases.add(refused(
                    "the option " + shown,
                    manager("ListJobs").arguments("a{sv}", Map.of(name, new TypedValue("b", true))),
                    "InvalidArgs"));
        }
        cases.add(upToBus("NUL in a string", manager("GetRoot").arguments("s", "a\0b")));
        cases.add(upToBus("a string that is no UTF-8", manager("GetRoot").arguments("s", (Object)
                "a\u00ff".getBytes(ISO_8859_1))));
        cases.add(upToBus("half a character", manager("GetRoot").arguments("s", (Object)
                "a\u00ed\u00a0\u0080".getBytes(ISO_8859_1))));
        return cases;
    }

    private static List<Case> properties() {
        String manager = Machine.BUS_NAME + ".Manager";
        String logControl = "org.freedesktop.LogControl1";
        List<Case> cases = new ArrayList<>();
        for (TypedValue value : List.of(
                new TypedValue("s", "x"),
                new TypedValue("v", new TypedValue("i", 1)),
                new TypedValue("a{sv}", Map.of()))) {
            cases.add(refused(
                    "Set of a property that can only be read to a " + value.signature(),
                    call("Properties", "Set").arguments("ssv", manager, "Version", value),
                    "PropertyReadOnly"));
            cases.add(refused(
                    "Set of a level to a " + value.signature(),
                    call("Properties", "Set")
                            .with(RawMessage.PATH, "o", "/org/freedesktop/LogControl1")
                            .arguments("ssv", logControl, "LogLevel", value),
                    "InvalidArgs"));
        }
        cases.add(refused(
                "Set of nothing",
                call("Properties", "Set").arguments("ssv", "", "", new TypedValue("s", "")),
                "UnknownInterface"));
        cases.add(refused(
                "Get of another interface's property",
                call("Properties", "Get").arguments("ss", Machine.BUS_NAME + ".Job", "State"),
                "UnknownInterface"));
        cases.add(refused(
                "Get of a standard interface's property",
                call("Properties", "Get").arguments("ss", STANDARD + "Peer", "Version"),
                "UnknownProperty"));
        cases.add(answered(
                "GetAll of a standard interface", call("Properties", "GetAll").arguments("s", STANDARD + "Peer")));
        cases.add(refused(
                "file descriptors",
                call("Properties", "Set")
                        .with(RawMessage.UNIX_FDS, "u", 3)
                        .arguments("ssv", manager, "Version", new TypedValue("h", 0)),
                "NotSupported"));
        cases.add(refused("the number of a file descriptor that did not come", option("h", 7), "InvalidArgs"));
        return cases;
    }

    private static List<Case> notCalls() {
        List<Case> cases = new ArrayList<>();
        RawMessage nothing = reply(Machine.BUS_NAME, 0).without(RawMessage.REPLY_SERIAL);
        RawMessage owner = nothing.type(RawMessage.SIGNAL)
                .with(RawMessage.PATH, "o", "/org/freedesktop/DBus")
                .with(RawMessage.INTERFACE, "s", "org.freedesktop.DBus")
                .with(RawMessage.MEMBER, "s", "NameOwnerChanged");
        cases.add(upToBus("a signal of the bus that is none", owner.arguments("sss", ":1.1", ":1.1", "")));
        cases.add(upToBus("a signal of the bus with other values", owner.arguments("i", 1)));
        cases.add(upToBus("a signal of the bus without values", owner));
        cases.add(upToBus(
                "a signal to everybody", owner.without(RawMessage.DESTINATION).arguments("sss", "x", "", "")));
        for (int serial = 1; serial < 40; serial++) {
            RawMessage reply = nothing.type(RawMessage.RETURN).with(RawMessage.REPLY_SERIAL, "u", serial);
            cases.add(upToBus(
                    "credentials to serial " + serial,
                    reply.arguments("a{sv}", Map.of("UnixUserID", new TypedValue("u", 0)))));
            cases.add(
                    upToBus("a yes to serial " + serial, reply.arguments("(bba{ss})", List.of(true, false, Map.of()))));
            cases.add(upToBus(
                    "an error to serial " + serial,
                    nothing.type(RawMessage.ERROR)
                            .with(RawMessage.REPLY_SERIAL, "u", serial)
                            .with(RawMessage.ERROR_NAME, "s", "a.b")
                            .arguments("i", 1)));
        }
        return cases;
    }

    private static List<Case> forms() {
        byte[] ping = call("Peer", "Ping").serial(SERIALS.incrementAndGet()).bytes();
        byte[] half = Arrays.copyOf(ping, ping.length / 2);
        return List.of(
                answered("a call in the other byte order", call("Peer", "Ping").bigEndian()),
                refused(
                        "arguments in the other byte order",
                        manager("GetRoot").bigEndian().arguments("s", "tiny"),
                        "InvalidId"),
                new Case("half a message, then the same again", joined(half, ping), true, Outcome.UP_TO_BUS, ""),
                new Case("zeros", new byte[4 * KIB], false, Outcome.UP_TO_BUS, ""),
                new Case(
                        "text", "GET / HTTP/1.1\r\n\r\n".repeat(10).getBytes(ISO_8859_1), false, Outcome.UP_TO_BUS, ""),
                ignored(
                        "a call that wants no answer",
                        manager("GetRoot").flags(1).arguments("s", "x")));
    }

    /// A reply to a call that somebody else may have been asked.
    static RawMessage reply(String to, long serial) {
        return new RawMessage(ByteOrder.LITTLE_ENDIAN, RawMessage.RETURN, 0, 1, 0, Map.of(), new byte[0])
                .with(RawMessage.DESTINATION, "s", to)
                .with(RawMessage.REPLY_SERIAL, "u", serial);
    }

    /// A call of a method of the manager.
    static RawMessage manager(String member) {
        return RawMessage.call(Machine.BUS_NAME, Machine.TOP, Machine.BUS_NAME + ".Manager", member);
    }

    /// A call of a method of a standard interface of the manager's object.
    static RawMessage call(String interfaceName, String member) {
        return RawMessage.call(Machine.BUS_NAME, Machine.TOP, STANDARD + interfaceName, member);
    }

    private static RawMessage option(String type, Object value) {
        return manager("ListJobs").arguments("a{sv}", Map.of("x", new TypedValue(type, value)));
    }

    private static RawMessage prepended(int field, String type, Object value) {
        Map<Integer, TypedValue> fields = new LinkedHashMap<>();
        fields.put(field, new TypedValue(type, value));
        RawMessage ping = call("Peer", "Ping");
        fields.putAll(ping.fields());
        return new RawMessage(ping.order(), ping.type(), 0, 1, 0, fields, new byte[0]);
    }

    /// The value of so many arrays or structs in each other.
    private static Object nested(int depth, Object innermost) {
        Object value = innermost;
        for (int i = 1; i < depth; i++) {
            value = List.of(value);
        }
        return value;
    }

    private static TypedValue variants(int depth) {
        TypedValue value = new TypedValue("s", "x");
        for (int i = 1; i < depth; i++) {
            value = new TypedValue("v", value);
        }
        return value;
    }

    private static byte[] text(int length) {
        byte[] text = new byte[length];
        Arrays.fill(text, (byte) 'x');
        return text;
    }

    private static byte[] joined(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    private static Case answered(String name, RawMessage message) {
        return of(name, message, Outcome.ANSWERED, "");
    }

    private static Case refused(String name, RawMessage message, String error) {
        return of(name, message, Outcome.REFUSED, error);
    }

    private static Case ignored(String name, RawMessage message) {
        return of(name, message, Outcome.IGNORED, "");
    }

    private static Case upToBus(String name, RawMessage message) {
        return of(name, message, Outcome.UP_TO_BUS, "");
    }

    private static Case of(String name, RawMessage message, Outcome outcome, String error) {
        RawMessage sent = message.serial() == 0 ? message.serial(SERIALS.incrementAndGet()) : message;
        return new Case(name, sent.bytes(), sent.replyWanted(), outcome, error);
    }
}
