package org.opensuse.containersnap.client.wire;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.teavm.interop.Address;

/// The process, through libc.
public final class LibCHost implements Host {
    private static final int INPUT = 0;
    private static final int OUTPUT = 1;
    private static final int ERROR = 2;
    private static final int USUAL_COLUMNS = 80;
    private static final int WINDOW_COLUMNS_OFFSET = 2;
    private static final int SIGNAL_SET_SIZE = 128;
    private static final int NANOSECONDS_OFFSET = 8;
    private static final int CHUNK = 32 * 1024;

    /// Makes the process fit to work: a standard stream that the caller closed must not become the connection to
    /// the bus, so it becomes one that nothing can be written to. Nor does a reader that left end the process.
    public LibCHost() {
        Memory.reset();
        Address set = Memory.take(SIGNAL_SET_SIZE);
        LibC.sigemptyset(set);
        LibC.sigaddset(set, Constants.sigpipe());
        LibC.sigprocmask(Constants.block(), set, Address.fromLong(0));
        for (int fd = INPUT; fd <= ERROR; fd++) {
            if (LibC.fcntl(fd, Constants.getDescriptorFlags()) < 0) {
                LibC.open(Memory.text("/dev/null"), Constants.readOnly());
            }
        }
    }

    /// The arguments of the command line; empty when one is not UTF-8.
    public Optional<List<String>> arguments() {
        List<String> arguments = new ArrayList<>();
        for (int i = 1; i < LibC.argumentCount(); i++) {
            Address argument = LibC.argument(i);
            byte[] bytes = Memory.bytes(argument, (int) LibC.strlen(argument));
            String text = Utf8.decode(bytes);
            if (!sameBytes(bytes, Utf8.encode(text))) {
                return Optional.empty();
            }
            arguments.add(text);
        }
        return Optional.of(arguments);
    }

    private static boolean sameBytes(byte[] one, byte[] other) {
        if (one.length != other.length) {
            return false;
        }
        for (int i = 0; i < one.length; i++) {
            if (one[i] != other[i]) {
                return false;
            }
        }
        return true;
    }

    /// Ends the process.
    public void exit(int status) {
        LibC.endAgent();
        LibC.exit(status);
    }

    /// A descriptor that is readable once SIGINT, SIGTERM or SIGHUP came; they no longer end the process.
    static int endingSignals() {
        Address set = Memory.take(SIGNAL_SET_SIZE);
        LibC.sigemptyset(set);
        LibC.sigaddset(set, Constants.sigint());
        LibC.sigaddset(set, Constants.sigterm());
        LibC.sigaddset(set, Constants.sighup());
        LibC.sigprocmask(Constants.block(), set, Address.fromLong(0));
        return LibC.signalfd(-1, set, Constants.signalfdCloseOnExec());
    }

    static long now() {
        Address time = Memory.take(2 * NANOSECONDS_OFFSET);
        LibC.clockGetTime(Constants.monotonic(), time);
        return time.getLong() * 1000 + time.add(NANOSECONDS_OFFSET).getLong() / 1_000_000;
    }

    @Override
    public boolean inputIsTerminal() {
        return LibC.isatty(INPUT) == 1;
    }

    @Override
    public boolean errorIsTerminal() {
        return LibC.isatty(ERROR) == 1;
    }

    @Override
    public int columns() {
        Memory.reset();
        Address size = Memory.cell();
        if (LibC.ioctl(ERROR, Constants.getWindowSize(), size) < 0) {
            return USUAL_COLUMNS;
        }
        int columns = size.add(WINDOW_COLUMNS_OFFSET).getShort() & 0xFFFF;
        return columns == 0 ? USUAL_COLUMNS : columns;
    }

    @Override
    public long epochSeconds() {
        return System.currentTimeMillis() / 1000;
    }

    @Override
    public long millis() {
        Memory.reset();
        return now();
    }

    @Override
    public void error(String text) {
        write(ERROR, text);
    }

    @Override
    public Optional<String> output(String text) {
        Memory.reset();
        return write(OUTPUT, text);
    }

    private static Optional<String> write(int fd, String text) {
        byte[] bytes = Utf8.encode(text);
        int written = 0;
        while (written < bytes.length) {
            long result = LibC.write(fd, Address.ofData(bytes).add(written), bytes.length - written);
            if (result >= 0) {
                written += (int) result;
                continue;
            }
            int errno = LibC.errno();
            if (errno == Constants.eagain()) {
                waitUntilWritable(fd);
            } else if (errno != Constants.eintr()) {
                return Optional.of(Memory.errorText(errno));
            }
        }
        return Optional.empty();
    }

    /* A caller may have left its pipe in non-blocking mode. */
    private static void waitUntilWritable(int fd) {
        Memory.reset();
        Address descriptor = Memory.take(LibC.POLLFD_SIZE);
        descriptor.putInt(fd);
        descriptor.add(LibC.POLLFD_EVENTS_OFFSET).putShort((short) Constants.pollOut());
        LibC.poll(descriptor, 1, -1);
    }

    @Override
    public Optional<String> workingDirectory() {
        Memory.reset();
        Address path = LibC.getcwd(Memory.take(CHUNK), CHUNK);
        if (Memory.isNull(path)) {
            return Optional.empty();
        }
        String text = Memory.string(path);
        return Optional.of(text.equals("/") ? "" : text);
    }

    @Override
    public Optional<String> read(String path) {
        Memory.reset();
        int fd = LibC.open(Memory.text(path), Constants.readOnly() | Constants.closeOnExec());
        if (fd < 0) {
            return Optional.empty();
        }
        Address chunk = Memory.take(CHUNK);
        byte[] bytes = new byte[0];
        long size;
        while ((size = LibC.read(fd, chunk, CHUNK)) > 0) {
            byte[] longer = new byte[bytes.length + (int) size];
            System.arraycopy(bytes, 0, longer, 0, bytes.length);
            System.arraycopy(Memory.bytes(chunk, (int) size), 0, longer, bytes.length, (int) size);
            bytes = longer;
        }
        LibC.close(fd);
        return size < 0 ? Optional.empty() : Optional.of(Utf8.decode(bytes));
    }
}
