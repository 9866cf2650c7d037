package jflannel.dump;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import jflannel.inspect.Inspector;
import jflannel.inspect.LocalFlannel;
import jflannel.lease.EnvironmentFile;

/// Makes a support bundle. A part that fails says so in its place, and costs no other.
public final class Dump {
    private static final Duration MOST_FOR_A_PART = Duration.ofSeconds(15);
    private static final Duration MOST = Duration.ofSeconds(90);
    private static final long LARGEST = 64L << 20;

    private final LocalFlannel flannel;
    private final Map<String, List<String>> commands;
    private final List<String> summary = new ArrayList<>();

    /// @param commands of this program that print JSON, by the names of their files
    public Dump(LocalFlannel flannel, Map<String, List<String>> commands) {
        this.flannel = flannel;
        this.commands = commands;
    }

    /// @param folder to put it in
    /// @return the file, which only its owner may read
    public Path into(Path folder, Instant now) throws IOException {
        String time = now.truncatedTo(ChronoUnit.SECONDS).toString().replaceAll("[-:]", "");
        String name = "flannel-" + host() + "-" + time;
        Path file = folder.resolve(name + ".tar.gz");
        Scrubber scrubber = new Scrubber(secrets());
        long end = System.nanoTime() + MOST.toNanos();
        long size = 0;
        try (Bundle bundle = new Bundle(file, name, now)) {
            for (BundleFile part : new Parts(flannel, scrubber, commands).all()) {
                String text = scrubber.text(read(part, Duration.ofNanos(end - System.nanoTime()), size));
                size += text.length();
                bundle.add(part.name(), text);
            }
            bundle.add("SUMMARY.txt", scrubber.text(summary(now)));
        }
        return file;
    }

    private static String host() throws IOException {
        String name =
                Files.readString(Path.of("/proc/sys/kernel/hostname")).strip().replaceAll("[^A-Za-z0-9.-]", "_");
        return name.length() <= 40 ? name : name.substring(0, 40);
    }

    private List<String> secrets() {
        Secrets secrets = new Secrets();
        secrets.of(flannel);
        for (Path file : Parts.SETTINGS) {
            try {
                secrets.environment(EnvironmentFile.parse(Files.readString(file)));
            } catch (NoSuchFileException e) {
                // most hosts have one of them at most
            } catch (IOException e) {
                summary.add("unread    " + file + ": " + e.getMessage());
            }
        }
        try {
            Inspector.look(flannel, Parts.PATIENCE).network().value().ifPresent(secrets::of);
        } catch (IOException | RuntimeException e) {
            summary.add("unread    the network configuration: " + e.getMessage());
        }
        return List.copyOf(secrets.found());
    }

    private String read(BundleFile part, Duration left, long size) {
        Duration patience = left.compareTo(MOST_FOR_A_PART) < 0 ? left : MOST_FOR_A_PART;
        if (patience.isNegative() || size > LARGEST) {
            return failed(part, patience.isNegative() ? "the time was up" : "the bundle is large enough");
        }
        CompletableFuture<String> text = new CompletableFuture<>();
        // in this thread's network namespace
        Thread.ofPlatform().daemon().name("dump").start(() -> {
            try {
                text.complete(part.source().read());
            } catch (Exception e) {
                text.completeExceptionally(e);
            }
        });
        try {
            String found = text.get(patience.toMillis(), TimeUnit.MILLISECONDS);
            summary.add("ok        %s, %d characters".formatted(part.name(), found.length()));
            return found;
        } catch (ExecutionException e) {
            return failed(part, String.valueOf(e.getCause().getMessage()));
        } catch (TimeoutException e) {
            return failed(part, "it took longer than %d s".formatted(patience.toSeconds()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return failed(part, "interrupted");
        }
    }

    private String failed(BundleFile part, String why) {
        summary.add("FAILED    " + part.name() + ": " + why);
        return "FAILED: " + why + "\n";
    }

    private String summary(Instant now) {
        return "A support bundle of flannel, made %s.\nSecrets are left out: passwords, tokens, keys, values of variables.\n\n%s\n"
                .formatted(now, String.join("\n", summary));
    }

    /// What could not be had, in words.
    public List<String> failures() {
        return summary.stream().filter(line -> !line.startsWith("ok")).toList();
    }
}
