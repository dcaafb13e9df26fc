package org.opensuse.containersnap.client.wire;

import org.teavm.interop.Address;
import org.teavm.interop.StaticInit;

/// Memory that C may see, outside the heap whose objects the collector moves. What one call needs is taken from one
/// block and given back by [#reset] when the next call begins.
@StaticInit
final class Memory {
    /* Longest: a path of 4096 characters, 3 bytes each, and the names around it. */
    private static final int SIZE = 64 * 1024;
    private static final int POINTER = 8;
    private static final Address BLOCK = LibC.malloc(SIZE);

    private static int used;

    private Memory() {}

    /// Gives back everything that was taken.
    static void reset() {
        used = 0;
    }

    /// Takes so many bytes, all 0.
    static Address take(int size) {
        int start = used;
        int rounded = (size + POINTER - 1) / POINTER * POINTER;
        if (rounded > SIZE - start) {
            throw new IllegalStateException("a message of more than 64 KiB");
        }
        used = start + rounded;
        return LibC.memset(BLOCK.add(start), 0, rounded);
    }

    /// Takes what a pointer, an int or a long needs.
    static Address cell() {
        return take(POINTER);
    }

    /// Takes a C string of the text.
    static Address text(String text) {
        byte[] bytes = Utf8.encode(text);
        Address memory = take(bytes.length + 1);
        LibC.memcpy(memory, Address.ofData(bytes), bytes.length);
        return memory;
    }

    /// The text of a C string; of a null pointer the empty one.
    static String string(Address text) {
        return isNull(text) ? "" : string(text, (int) LibC.strlen(text));
    }

    /// The text of so many bytes.
    static String string(Address text, int length) {
        return Utf8.decode(bytes(text, length));
    }

    static byte[] bytes(Address memory, int length) {
        byte[] bytes = new byte[length];
        LibC.memcpy(Address.ofData(bytes), memory, length);
        return bytes;
    }

    static boolean isNull(Address address) {
        return address.toLong() == 0;
    }

    /// The system's words for an error number.
    static String errorText(int errno) {
        String text = string(LibC.strerrordesc(errno));
        return text.isEmpty() ? "error " + errno : text;
    }
}
