package org.opensuse.containersnap.carry;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.opensuse.containersnap.lab.Tool;

/// What is in a directory as one line, such as `f=text d={g=text/600} l=>target`: files with their text,
/// directories in braces, links with `>`, `!` for a pipe. After it may stand `/` with the mode when that is not
/// 644 or 755, `@` with the owner when that is not root, `+` with the value of the extended attribute
/// `user.note`.
final class Sketch {
    private static final LinkOption NOFOLLOW = LinkOption.NOFOLLOW_LINKS;
    private static final int MODE_OF_FILE = 0644;
    private static final int MODE_OF_DIRECTORY = 0755;
    private static final int PERMISSIONS = 07777;
    private static final String NOTE = "note";

    private final String line;
    private int at;

    private Sketch(String line) {
        this.line = line;
    }

    /// Makes what a line says in a directory that is empty.
    static void draw(Path directory, String line) throws IOException {
        Sketch sketch = new Sketch(line);
        sketch.drawEntries(directory);
        if (sketch.at != line.length()) {
            throw new IllegalArgumentException(line);
        }
    }

    private void drawEntries(Path directory) throws IOException {
        while (at < line.length() && line.charAt(at) != '}') {
            Path path = directory.resolve(until("="));
            at++;
            drawOne(path);
            if (at < line.length() && line.charAt(at) == ' ') {
                at++;
            }
        }
    }

    private void drawOne(Path path) throws IOException {
        char kind = at < line.length() ? line.charAt(at) : ' ';
        switch (kind) {
            case '{' -> {
                at++;
                Files.createDirectory(path);
                drawEntries(path);
                at++;
            }
            case '>' -> {
                at++;
                Files.createSymbolicLink(path, Path.of(until(" }@")));
            }
            case '!' -> {
                at++;
                Tool.run("mkfifo", path.toString());
            }
            default -> Files.writeString(path, until(" }/@+"));
        }
        drawAttributes(path, kind);
    }

    private void drawAttributes(Path path, char kind) throws IOException {
        int mode = kind == '{' ? MODE_OF_DIRECTORY : MODE_OF_FILE;
        if (next('/')) {
            mode = Integer.parseInt(until(" }@+"), 8);
        }
        if (next('@')) {
            int owner = Integer.parseInt(until(" }+"));
            Files.setAttribute(path, "unix:uid", owner, NOFOLLOW);
            Files.setAttribute(path, "unix:gid", owner, NOFOLLOW);
        }
        if (kind != '>') {
            Files.setAttribute(path, "unix:mode", mode);
        }
        if (next('+')) {
            notes(path).write(NOTE, ByteBuffer.wrap(until(" }").getBytes(StandardCharsets.UTF_8)));
        }
    }

    private boolean next(char mark) {
        boolean found = at < line.length() && line.charAt(at) == mark;
        if (found) {
            at++;
        }
        return found;
    }

    private String until(String ends) {
        int start = at;
        while (at < line.length() && ends.indexOf(line.charAt(at)) < 0) {
            at++;
        }
        return line.substring(start, at);
    }

    /// What is in a directory.
    static String of(Path directory) throws IOException {
        List<String> entries = new ArrayList<>();
        for (Path path : list(directory)) {
            entries.add(path.getFileName() + "=" + one(path));
        }
        return String.join(" ", entries);
    }

    /// Each thing below a directory by its path; directories without what is in them.
    static Map<String, String> flat(Path directory) throws IOException {
        Map<String, String> things = new TreeMap<>();
        flatten(directory, "", things);
        return things;
    }

    private static void flatten(Path directory, String prefix, Map<String, String> things) throws IOException {
        for (Path path : list(directory)) {
            String name = prefix + "/" + path.getFileName();
            if (Files.isDirectory(path, NOFOLLOW)) {
                things.put(name, "{}" + attributes(path));
                flatten(path, name, things);
            } else {
                things.put(name, one(path));
            }
        }
    }

    private static List<Path> list(Path directory) throws IOException {
        try (var paths = Files.list(directory)) {
            return paths.sorted().toList();
        }
    }

    private static String one(Path path) throws IOException {
        if (Files.isSymbolicLink(path)) {
            return ">" + Files.readSymbolicLink(path) + attributes(path);
        }
        if (Files.isDirectory(path, NOFOLLOW)) {
            return "{" + of(path) + "}" + attributes(path);
        }
        return (Files.isRegularFile(path, NOFOLLOW) ? Files.readString(path) : "!") + attributes(path);
    }

    private static String attributes(Path path) throws IOException {
        StringBuilder text = new StringBuilder();
        int mode = (int) Files.getAttribute(path, "unix:mode", NOFOLLOW) & PERMISSIONS;
        int owner = (int) Files.getAttribute(path, "unix:uid", NOFOLLOW);
        if (!Files.isSymbolicLink(path)
                && mode != (Files.isDirectory(path, NOFOLLOW) ? MODE_OF_DIRECTORY : MODE_OF_FILE)) {
            text.append('/').append(Integer.toOctalString(mode));
        }
        if (owner != 0) {
            text.append('@').append(owner);
        }
        if ((Files.isRegularFile(path, NOFOLLOW) || Files.isDirectory(path, NOFOLLOW))
                && notes(path).list().contains(NOTE)) {
            ByteBuffer note = ByteBuffer.allocate(notes(path).size(NOTE));
            notes(path).read(NOTE, note);
            text.append('+').append(new String(note.array(), StandardCharsets.UTF_8));
        }
        return text.toString();
    }

    private static UserDefinedFileAttributeView notes(Path path) {
        return Files.getFileAttributeView(path, UserDefinedFileAttributeView.class);
    }
}
