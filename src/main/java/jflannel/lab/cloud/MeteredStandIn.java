package jflannel.lab.cloud;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;

/// What all clouds that are stood in for have in common: machines, a metadata service that each machine reaches, and an
/// API that checks signatures and permissions, counts calls, refuses those that come too fast, and fails when a test
/// wants it to.
public abstract class MeteredStandIn implements CloudStandIn {
    /// Why a call is refused before it is looked at.
    enum Refusal {
        UNAUTHENTICATED,
        THROTTLED,
        FORBIDDEN,
        /// It was carried out all the same.
        BROKEN
    }

    final LongSupplier clock;
    private final Listener listener;
    private final CloudServer server;
    private final CloudFaults faults = new CloudFaults();
    private final Map<Integer, Machine> machines = new TreeMap<>();
    private final Map<String, Integer> calls = new TreeMap<>();
    private final Map<String, CallBudget> budgets = new TreeMap<>();
    private int throttled;

    /// @param clock in nanoseconds, for the limits
    /// @param listener called with each change of the routes that count
    MeteredStandIn(InetSocketAddress address, LongSupplier clock, Listener listener) throws IOException {
        this.clock = clock;
        this.listener = listener;
        this.server = new CloudServer(address, this::answer);
    }

    /// True if the request is for the metadata service.
    abstract boolean asksMetadata(CloudRequest request);

    abstract CloudReply metadata(CloudRequest request);

    /// What is wrong with the credentials; empty if nothing is.
    abstract String credentialsFault(CloudRequest request);

    /// What the API calls the action; for Google, the permission that it takes.
    abstract String action(CloudRequest request);

    /// What the vendor documents.
    abstract CallBudget budget(String action);

    abstract CloudReply call(String action, CloudRequest request);

    abstract CloudReply refusal(Refusal why, String action, String words);

    private CloudReply answer(CloudRequest request) {
        if (!asksMetadata(request)) {
            return faults.isDown() ? CloudReply.NONE : api(request);
        }
        return faults.keepsSilent() ? CloudReply.NONE : metadata(request);
    }

    private synchronized CloudReply api(CloudRequest request) {
        String wrong = credentialsFault(request);
        String action = action(request);
        if (!wrong.isEmpty()) {
            return refusal(Refusal.UNAUTHENTICATED, action, wrong);
        }
        calls.merge(action, 1, Integer::sum);
        boolean inBudget = budgets.computeIfAbsent(action, this::budget).take(clock.getAsLong());
        if (!inBudget || faults.isThrottled(action)) {
            throttled++;
            return refusal(Refusal.THROTTLED, action, "");
        }
        if (faults.isForbidden(action)) {
            return refusal(Refusal.FORBIDDEN, action, "");
        }
        CloudReply reply = call(action, request);
        return faults.failsAfterwards(action) ? refusal(Refusal.BROKEN, action, "") : reply;
    }

    public String url() {
        return server.url();
    }

    @Override
    public CloudFaults faults() {
        return faults;
    }

    @Override
    public synchronized void add(Machine machine) {
        machines.put(machine.number(), machine);
    }

    @Override
    public synchronized void remove(int number) {
        machines.remove(number);
    }

    synchronized Map<Integer, Machine> machines() {
        return machines;
    }

    synchronized Optional<Machine> machine(int number) {
        return Optional.ofNullable(machines.get(number));
    }

    /// The machine that asks its metadata service: the one with the address that the request comes from, or the
    /// one that a first part of the path names, such as `/machine-7`.
    synchronized Optional<Machine> asking(CloudRequest request) {
        if (request.path().startsWith("/machine-")) {
            return machine(Integer.parseInt(request.path().replaceAll("/machine-(\\d+)/.*", "$1")));
        }
        return machines.values().stream()
                .filter(it -> it.addresses().containsValue(Ip.parse(request.from())))
                .findFirst();
    }

    /// Says that packets to a destination go elsewhere now.
    void tell(Cidr destination, Optional<Machine> target) {
        listener.routed(destination, target);
    }

    /// How often each action was called, refused or not.
    public synchronized Map<String, Integer> calls() {
        return Map.copyOf(calls);
    }

    public synchronized void forgetCalls() {
        calls.clear();
        throttled = 0;
    }

    /// How many calls came too fast.
    public synchronized int throttled() {
        return throttled;
    }

    @Override
    public void close() {
        server.close();
    }
}
