package jflannel.page;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import jflannel.json.Json;

/// A headless Chromium with one page, in the network namespace of the thread that starts it. It is driven by its
/// DevTools protocol over pipes: messages end with a zero byte.
final class Chromium implements AutoCloseable {
    static final Path PROGRAM = Path.of("/usr/bin/chromium");
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Process process;
    private final Path profile;
    private final OutputStream requests;
    private final BlockingQueue<Map<String, Object>> messages = new LinkedBlockingQueue<>();
    /// What the page requested, by URL.
    final List<String> requested = new ArrayList<>();
    /// What the page complained about: errors, warnings, violations of its policy.
    final List<String> complaints = new ArrayList<>();

    private final String session;
    private int number;

    /// @param profile an empty directory
    Chromium(Path profile) throws IOException, InterruptedException {
        this.profile = profile;
        String flags = String.join(
                " ",
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--disable-extensions",
                "--disable-sync",
                "--disable-background-networking",
                "--disable-component-update",
                "--hide-scrollbars",
                "--lang=en-US",
                "--user-data-dir=" + profile,
                "--remote-debugging-pipe");
        process = new ProcessBuilder(
                        "sh", "-c", "exec " + PROGRAM + " " + flags + " about:blank 3<&0 4>&1 </dev/null >/dev/null")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        requests = process.getOutputStream();
        Thread.ofPlatform().daemon().name("chromium").start(this::read);
        Map<String, Object> target = call("Target.createTarget", Map.of("url", "about:blank"));
        session = (String) call("Target.attachToTarget", Map.of("targetId", target.get("targetId"), "flatten", true))
                .get("sessionId");
        for (String domain : List.of("Page", "Runtime", "Log", "Network", "Audits")) {
            call(domain + ".enable", Map.of());
        }
    }

    private void read() {
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        try (InputStream answers = process.getInputStream()) {
            for (int next = answers.read(); next >= 0; next = answers.read()) {
                if (next == 0) {
                    messages.add(Json.object(message.toString(UTF_8)));
                    message.reset();
                } else {
                    message.write(next);
                }
            }
        } catch (IOException e) {
            // it was ended
        }
    }

    Map<String, Object> call(String method, Map<String, Object> parameters) throws IOException, InterruptedException {
        number++;
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("id", new Json.Number(String.valueOf(number)));
        request.put("method", method);
        request.put("params", parameters);
        if (session != null) {
            request.put("sessionId", session);
        }
        requests.write(Json.compact(request).getBytes(UTF_8));
        requests.write(0);
        requests.flush();
        while (true) {
            Map<String, Object> message = messages.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            if (message == null) {
                throw new IOException("Chromium does not answer " + method);
            }
            if (request.get("id").equals(message.get("id"))) {
                if (message.containsKey("error")) {
                    throw new IOException(method + ": " + message.get("error"));
                }
                return object(message.get("result"));
            }
            note(message);
        }
    }

    private void note(Map<String, Object> message) {
        String method = String.valueOf(message.get("method"));
        switch (method) {
            case "Network.requestWillBeSent" ->
                requested.add(String.valueOf(
                        object(object(message.get("params")).get("request")).get("url")));
            case "Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled", "Audits.issueAdded" ->
                complaints.add(Json.compact(message));
            default -> {} // the rest of what happens in a browser
        }
    }

    @SuppressWarnings("unchecked") // objects of JSON have strings as keys
    private static Map<String, Object> object(Object value) {
        return (Map<String, Object>) value;
    }

    static Json.Number number(long value) {
        return new Json.Number(String.valueOf(value));
    }

    void open(String url) throws IOException, InterruptedException {
        call("Page.navigate", Map.of("url", url));
    }

    /// The value of an expression, which JSON can hold; a promise is awaited.
    Object value(String expression) throws IOException, InterruptedException {
        Map<String, Object> answer =
                call("Runtime.evaluate", Map.of("expression", expression, "returnByValue", true, "awaitPromise", true));
        if (answer.containsKey("exceptionDetails")) {
            throw new IOException(expression + ": " + Json.compact(answer.get("exceptionDetails")));
        }
        return object(answer.get("result")).get("value");
    }

    String text(String selector) throws IOException, InterruptedException {
        return String.valueOf(value("document.querySelector('" + selector + "')?.innerText ?? ''"));
    }

    /// Waits until an expression is true.
    void await(String expression) throws IOException, InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!Boolean.TRUE.equals(value("Boolean(" + expression + ")"))) {
            if (System.nanoTime() - end > 0) {
                throw new IOException("not so: " + expression + "; the page says: " + text("body"));
            }
            Thread.sleep(50);
        }
    }

    void size(int width, int height) throws IOException, InterruptedException {
        call(
                "Emulation.setDeviceMetricsOverride",
                Map.of(
                        "width", number(width),
                        "height", number(height),
                        "deviceScaleFactor", number(1),
                        "mobile", false));
    }

    /// @param scheme `light` or `dark`
    void colors(String scheme) throws IOException, InterruptedException {
        Map<String, Object> feature = Map.of("name", "prefers-color-scheme", "value", scheme);
        call("Emulation.setEmulatedMedia", Map.of("features", List.of(feature)));
    }

    /// Presses a key and lets it go.
    ///
    /// @param text what it types; empty for nothing
    void press(String key, int code, String text) throws IOException, InterruptedException {
        for (String type : List.of("keyDown", "keyUp")) {
            Map<String, Object> event = new LinkedHashMap<>(
                    Map.of("type", type, "key", key, "code", key, "windowsVirtualKeyCode", number(code)));
            if (!text.isEmpty() && type.equals("keyDown")) {
                event.put("text", text);
            }
            call("Input.dispatchKeyEvent", event);
        }
    }

    void type(String text) throws IOException, InterruptedException {
        call("Input.insertText", Map.of("text", text));
    }

    /// A picture of the whole page.
    void picture(Path file) throws IOException, InterruptedException {
        Map<String, Object> answer = call("Page.captureScreenshot", Map.of("captureBeyondViewport", true));
        Files.write(file, Base64.getDecoder().decode((String) answer.get("data")));
    }

    @Override
    public void close() throws IOException {
        Stream.concat(process.descendants(), Stream.of(process.toHandle()))
                .toList()
                .forEach(ProcessHandle::destroyForcibly);
        process.onExit().join();
        try (Stream<Path> files = Files.walk(profile)) {
            files.sorted((a, b) -> b.compareTo(a)).forEach(file -> file.toFile().delete());
        }
    }
}
