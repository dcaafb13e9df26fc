package org.opensuse.containersnap.client.wire;

import java.util.Optional;
import org.teavm.interop.Address;

/// The system bus, through sd-bus.
public final class SystemBus implements Bus {
    private static final String JOB_SIGNALS = "type='signal',sender='" + Names.SERVICE + "',interface='"
            + Names.PROPERTIES + "',member='PropertiesChanged',path_namespace='" + Names.JOB_PATH + "'";
    private static final String OWNER_SIGNALS = "type='signal',sender='" + Names.BUS + "',interface='" + Names.BUS
            + "',member='NameOwnerChanged',arg0='" + Names.SERVICE + "'";

    private static final int ERROR_MESSAGE_OFFSET = 8;
    private static final int SIGNAL_INFO_SIZE = 128;
    private static final long NO_TIMEOUT = -1;

    private final Address bus;
    private final boolean agentWanted;
    private final boolean interactive;
    private boolean asking;
    private int signals = -1;
    private String service = "";

    private SystemBus(Address bus, boolean agentWanted, boolean interactive) {
        this.bus = bus;
        this.agentWanted = agentWanted;
        this.interactive = interactive;
    }

    /// Connects. When interactive, a person is at the terminal who can be asked for a password.
    public static SystemBus connect(Target target, boolean interactive) throws BusFailure {
        Memory.reset();
        Address cell = Memory.cell();
        int result = switch (target) {
            case Target.Local _ -> SdBus.openSystem(cell);
            case Target.Remote remote -> SdBus.openSystemRemote(cell, Memory.text(remote.host()));
            case Target.Machine machine -> SdBus.openSystemMachine(cell, Memory.text(machine.name()));
        };
        if (result < 0) {
            throw unreachable(-result);
        }
        return new SystemBus(cell.getAddress(), target instanceof Target.Local, interactive);
    }

    private static BusFailure unreachable(int errno) {
        return new BusFailure.Unreachable(
                Memory.errorText(errno), errno == Constants.enoent() || errno == Constants.econnrefused());
    }

    @Override
    public Value call(String path, Method method, Value... arguments) throws BusFailure {
        try {
            return callOnce(path, method, arguments);
        } catch (BusFailure.Answered e) {
            if (letAskAfter(e)) {
                return callOnce(path, method, arguments);
            }
            throw e;
        }
    }

    private Value callOnce(String path, Method method, Value... arguments) throws BusFailure {
        long call = send(path, method, arguments);
        long deadline = LibCHost.now() + method.timeoutSeconds() * 1000;
        while (true) {
            switch (next(deadline - LibCHost.now())) {
                case Event.Reply reply
                when reply.call() == call -> {
                    return reply.value();
                }
                case Event.Refusal refusal when refusal.call() == call -> throw refusal.failure();
                case Event.Quiet _ -> throw new BusFailure.Late(method);
                default -> {}
            }
        }
    }

    /* Most calls need no password; so the agent, which takes time to start, is started by the first that does. */
    @Override
    public boolean letAsk() {
        if (!interactive || asking) {
            return false;
        }
        asking = true;
        if (agentWanted) {
            LibC.startAgent();
        }
        return true;
    }

    @Override
    public void watch() throws BusFailure {
        Memory.reset();
        signals = LibCHost.endingSignals();
        match(JOB_SIGNALS);
        match(OWNER_SIGNALS);
    }

    private void match(String rule) throws BusFailure {
        Address none = Address.fromLong(0);
        int result = SdBus.addMatch(bus, none, Memory.text(rule), none, none);
        if (result < 0) {
            throw ended(-result);
        }
    }

    /* A job goes with its daemon: to ask for it must not start another, which would undo that somebody stopped this. */
    @Override
    public long send(String path, Method method, Value... arguments) throws BusFailure {
        Memory.reset();
        Address cell = Memory.cell();
        int result = SdBus.newMethodCall(
                bus,
                cell,
                Memory.text(Names.SERVICE),
                Memory.text(path),
                Memory.text(method.interfaceName()),
                Memory.text(method.member()));
        if (result < 0) {
            throw ended(-result);
        }
        Address message = cell.getAddress();
        try {
            SdBus.setAllowInteractiveAuthorization(message, asking ? 1 : 0);
            SdBus.setAutoStart(message, path.startsWith(Names.JOB_PATH) ? 0 : 1);
            for (Value argument : arguments) {
                MessageWriter.append(message, argument);
            }
            result = SdBus.send(bus, message, cell);
        } finally {
            SdBus.unref(message);
        }
        if (result < 0) {
            throw ended(-result);
        }
        return cell.getLong();
    }

    @Override
    public Event next(long timeoutMillis) throws BusFailure {
        long deadline = LibCHost.now() + timeoutMillis;
        while (true) {
            Memory.reset();
            Address cell = Memory.cell();
            int result = SdBus.process(bus, cell);
            if (result < 0) {
                throw ended(-result);
            }
            Address message = cell.getAddress();
            if (!Memory.isNull(message)) {
                Optional<Event> event;
                try {
                    event = event(message);
                } finally {
                    SdBus.unref(message);
                }
                if (event.isPresent()) {
                    return event.get();
                }
            } else if (result == 0) {
                long left = deadline - LibCHost.now();
                if (left <= 0) {
                    return new Event.Quiet();
                }
                if (poll(left)) {
                    return new Event.Interrupted();
                }
            }
        }
    }

    /// Waits until there is something to do; whether it is a signal to this process.
    private boolean poll(long leftMillis) {
        Address descriptors = Memory.take(2 * LibC.POLLFD_SIZE);
        descriptors.putInt(SdBus.getFd(bus));
        descriptors.add(LibC.POLLFD_EVENTS_OFFSET).putShort((short) SdBus.getEvents(bus));
        Address ours = descriptors.add(LibC.POLLFD_SIZE);
        ours.putInt(signals);
        ours.add(LibC.POLLFD_EVENTS_OFFSET).putShort((short) Constants.pollIn());
        LibC.poll(descriptors, 2, (int) Math.min(leftMillis, untilTimeout()));
        if (ours.add(LibC.POLLFD_RETURNED_OFFSET).getShort() == 0) {
            return false;
        }
        return LibC.read(signals, Memory.take(SIGNAL_INFO_SIZE), SIGNAL_INFO_SIZE) == SIGNAL_INFO_SIZE;
    }

    /// Milliseconds until sd-bus itself wants to be called again.
    private long untilTimeout() {
        Address cell = Memory.cell();
        SdBus.getTimeout(bus, cell);
        long microseconds = cell.getLong();
        return microseconds == NO_TIMEOUT ? Integer.MAX_VALUE : Math.max(0, microseconds / 1000 + 1 - LibCHost.now());
    }

    private Optional<Event> event(Address message) throws BusFailure {
        Address cell = Memory.cell();
        SdBus.getType(message, cell);
        String sender = Memory.string(SdBus.getSender(message));
        return switch (cell.getByte()) {
            case SdBus.METHOD_RETURN -> {
                service = sender;
                yield Optional.of(new Event.Reply(replyCookie(message), new MessageReader(message).next()));
            }
            case SdBus.METHOD_ERROR -> Optional.of(new Event.Refusal(replyCookie(message), failure(message, sender)));
            case SdBus.SIGNAL -> signal(message, sender);
            default -> Optional.empty();
        };
    }

    private static long replyCookie(Address message) {
        Address cell = Memory.cell();
        SdBus.getReplyCookie(message, cell);
        return cell.getLong();
    }

    private static BusFailure.Answered failure(Address message, String sender) {
        Address error = SdBus.getError(message);
        return new BusFailure.Answered(
                Memory.string(error.getAddress()),
                Memory.string(error.add(ERROR_MESSAGE_OFFSET).getAddress()),
                sender.equals(Names.BUS));
    }

    /* Any process may send a signal to this connection alone, past the match: the sender tells whether it counts. */
    private Optional<Event> signal(Address message, String sender) throws BusFailure {
        if (is(message, Names.PROPERTIES, "PropertiesChanged") && sender.equals(service)) {
            MessageReader reader = new MessageReader(message);
            if (!reader.next().text().equals(Names.JOB)) {
                return Optional.empty();
            }
            Properties changed = reader.next().properties();
            boolean incomplete = !reader.next().items().isEmpty();
            return Optional.of(new Event.JobChanged(Memory.string(SdBus.getPath(message)), changed, incomplete));
        }
        if (is(message, Names.BUS, "NameOwnerChanged") && sender.equals(Names.BUS)) {
            MessageReader reader = new MessageReader(message);
            reader.next();
            String oldOwner = reader.next().text();
            return oldOwner.equals(service) && !service.isEmpty()
                    ? Optional.of(new Event.ServiceGone())
                    : Optional.empty();
        }
        return Optional.empty();
    }

    private static boolean is(Address message, String interfaceName, String member) {
        return SdBus.isSignal(message, Memory.text(interfaceName), Memory.text(member)) > 0;
    }

    private BusFailure ended(int errno) {
        return SdBus.isReady(bus) > 0 ? new BusFailure.Lost(Memory.errorText(errno)) : unreachable(errno);
    }
}
