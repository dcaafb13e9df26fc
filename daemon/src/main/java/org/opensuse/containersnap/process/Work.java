package org.opensuse.containersnap.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// What a process and its descendants have done so far, as /proc tells it (proc_pid_stat(5), proc_pid_io(5)).
///
/// @param ticks of processor time, 100 a second
/// @param bytes read and written, by system calls and by the disk
public record Work(long ticks, long bytes) {
    /// Fields of /proc/PID/stat behind the name, from the third on: utime, stime, cutime, cstime.
    private static final List<Integer> TIMES = List.of(14 - 3, 15 - 3, 16 - 3, 17 - 3);

    private static final List<String> COUNTERS = List.of("rchar", "wchar", "read_bytes", "write_bytes");

    static Work of(ProcessHandle process) {
        return Stream.concat(Stream.of(process), process.descendants())
                .map(each -> ofOne(Path.of("/proc", Long.toString(each.pid()))))
                .reduce(new Work(0, 0), (sum, each) -> new Work(sum.ticks + each.ticks, sum.bytes + each.bytes));
    }

    private static Work ofOne(Path process) {
        return new Work(ticks(process.resolve("stat")), bytes(process.resolve("io")));
    }

    private static long ticks(Path file) {
        String stat = content(file);
        // The name, in brackets, may hold anything.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ", -1);
        return TIMES.stream()
                .filter(field -> field < fields.length)
                .mapToLong(field -> number(fields[field]))
                .sum();
    }

    private static long bytes(Path file) {
        return content(file)
                .lines()
                .map(line -> line.split(": ", 2))
                .filter(line -> line.length == 2 && COUNTERS.contains(line[0]))
                .mapToLong(line -> number(line[1]))
                .sum();
    }

    /// Nothing of a process that has just ended.
    private static String content(Path file) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException _) {
            return "";
        }
    }

    private static long number(String digits) {
        try {
            return Long.parseLong(digits.strip());
        } catch (NumberFormatException _) {
            return 0;
        }
    }
}
