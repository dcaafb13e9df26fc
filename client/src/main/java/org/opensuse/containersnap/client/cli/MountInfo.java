package org.opensuse.containersnap.client.cli;

import java.util.Optional;

/// Reads /proc/self/mountinfo (proc(5)).
final class MountInfo {
    private static final int ROOT_FIELD = 3;
    private static final int MOUNT_POINT_FIELD = 4;

    private MountInfo() {}

    /// Path, within its file system, of the directory that is mounted on /; of several mounts the topmost, which is
    /// the last.
    static Optional<String> rootOfSlash(String mountInfo) {
        String root = "";
        int start = 0;
        while (start < mountInfo.length()) {
            int end = mountInfo.indexOf('\n', start);
            String line = mountInfo.substring(start, end < 0 ? mountInfo.length() : end);
            if (field(line, MOUNT_POINT_FIELD).equals("/")) {
                root = field(line, ROOT_FIELD);
            }
            start += line.length() + 1;
        }
        return root.isEmpty() ? Optional.empty() : Optional.of(unescaped(root));
    }

    /// The field of that number, from 0; empty when the line has fewer.
    private static String field(String line, int number) {
        int start = 0;
        for (int i = 0; i < number; i++) {
            int space = line.indexOf(' ', start);
            if (space < 0) {
                return "";
            }
            start = space + 1;
        }
        int end = line.indexOf(' ', start);
        return end < 0 ? "" : line.substring(start, end);
    }

    /* The kernel writes space, tab, line end and backslash as \ and three octal digits. */
    private static String unescaped(String text) {
        if (text.indexOf('\\') < 0) {
            return text;
        }
        StringBuilder plain = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) == '\\' && octal(text, i + 1) >= 0) {
                plain.append((char) octal(text, i + 1));
                i += 3;
            } else {
                plain.append(text.charAt(i));
            }
        }
        return plain.toString();
    }

    private static int octal(String text, int start) {
        if (start + 3 > text.length()) {
            return -1;
        }
        int value = 0;
        for (int i = start; i < start + 3; i++) {
            int digit = text.charAt(i) - '0';
            if (digit < 0 || digit > 7) {
                return -1;
            }
            value = value * 8 + digit;
        }
        return value;
    }
}
