package org.opensuse.containersnap.client.cli;

import org.opensuse.containersnap.client.wire.Properties;
import org.opensuse.containersnap.client.wire.Property;
import org.teavm.interop.StaticInit;

/// How far a job is, as text.
@StaticInit
final class Progress {
    private static final int LABEL_LENGTH = 28;
    private static final int[] BAR_WIDTHS = {24, 16, 10, 0};
    private static final String GAP = "  ";

    private Progress() {}

    /// In words, such as `downloading 45.2 MiB of 86.4 MiB`.
    static String text(Properties job) {
        String phase = phase(job);
        String amount = amount(job, " of ");
        return amount.isEmpty() ? phase : phase + " " + amount;
    }

    /// What the job does; before and after that its state.
    static String phase(Properties job) {
        String phase = job.text(Property.JOB_PHASE);
        return phase.isEmpty() ? job.text(Property.JOB_STATE) : phase;
    }

    /// In a picture no wider than so many columns, such as
    /// `os:1  [#####-----]  45.2 MiB / 86.4 MiB  12.3 MiB/s  downloading`. Where that is too wide: a narrower
    /// bar, no rate, no bar, no label, and at last only the beginning of the words.
    static String line(Properties job, String label, int columns) {
        String name = label(label);
        String rate = job.number(Property.JOB_RATE) == 0 ? "" : Size.text(job.number(Property.JOB_RATE)) + "/s";
        String amount = amount(job, " / ");
        String phase = phase(job);
        for (String shownRate : new String[] {rate, ""}) {
            for (int width : BAR_WIDTHS) {
                String line = joined(name, bar(job, width), amount, shownRate, phase);
                if (line.length() <= columns && (width > 0 || shownRate.isEmpty())) {
                    return line;
                }
            }
        }
        String line = joined(amount, phase);
        return line.length() <= columns ? line : line.substring(0, Math.max(columns, 0));
    }

    private static String amount(Properties job, String between) {
        long done = job.number(Property.JOB_BYTES_DONE);
        long total = job.number(Property.JOB_BYTES_TOTAL);
        if (job.on(Property.JOB_PROGRESS_VALID) && total != 0) {
            return Size.text(done) + between + Size.text(total);
        }
        return done == 0 ? "" : Size.text(done);
    }

    private static String bar(Properties job, int width) {
        if (width == 0 || !job.on(Property.JOB_PROGRESS_VALID)) {
            return "";
        }
        long full = Math.round(Math.clamp(job.real(Property.JOB_PROGRESS), 0.0, 1.0) * width);
        StringBuilder bar = new StringBuilder("[");
        for (int i = 0; i < width; i++) {
            bar.append(i < full ? '#' : '-');
        }
        return bar.append(']').toString();
    }

    /* The end of a reference tells most. A character beyond ASCII may take two columns, so none is shown. */
    private static String label(String reference) {
        String last = reference.substring(reference.lastIndexOf('/') + 1);
        StringBuilder label = new StringBuilder();
        for (int i = 0; i < Math.min(last.length(), LABEL_LENGTH); i++) {
            char c = last.charAt(i);
            label.append(c > ' ' && c < 0x7F ? c : '?');
        }
        return label.toString();
    }

    private static String joined(String... parts) {
        StringBuilder line = new StringBuilder();
        for (String part : parts) {
            if (!part.isEmpty()) {
                line.append(line.isEmpty() ? "" : GAP).append(part);
            }
        }
        return line.toString();
    }
}
