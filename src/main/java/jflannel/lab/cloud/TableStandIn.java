package jflannel.lab.cloud;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.lab.cloud.RouteTables.Entry;

/// A VPC with route tables, one of which its only subnet uses.
public abstract class TableStandIn extends MeteredStandIn {
    final RouteTables tables;
    private final String main;
    private String subnetsTable;
    private int quota;
    private int last;

    /// @param main the ID of the table that is there from the start
    /// @param quota how many routes a table holds
    TableStandIn(InetSocketAddress address, LongSupplier clock, Listener listener, String main, int quota)
            throws IOException {
        super(address, clock, listener);
        this.tables = new RouteTables(clock);
        this.main = main;
        this.subnetsTable = main;
        this.quota = quota;
        tables.add(main);
    }

    /// Where routes to a machine lead, in the cloud's words.
    abstract String name(Machine machine);

    /// The text of a route that people make.
    abstract String byHand();

    @Override
    boolean asksMetadata(CloudRequest request) {
        return request.path().contains("/latest/");
    }

    public synchronized void addTable(String id) {
        tables.add(id);
        tables.changed();
    }

    /// From now on the machines' subnet uses that table.
    public synchronized void associate(String table) {
        subnetsTable = table;
    }

    boolean isAssociated(String table) {
        return table.equals(subnetsTable) && !table.equals(main);
    }

    public synchronized void limit(int routes) {
        quota = routes;
    }

    boolean isFull(String table, Family family) {
        return tables.now().get(table).keySet().stream()
                        .filter(it -> it.family() == family)
                        .count()
                >= quota;
    }

    /// Where the routes of a table lead, as of now.
    public synchronized Map<Cidr, String> routes(String table) {
        Map<Cidr, String> routes = new TreeMap<>();
        tables.now().get(table).forEach((destination, entry) -> routes.put(destination, entry.target()));
        return routes;
    }

    /// Somebody adds or replaces a route by hand.
    public synchronized void put(String table, Cidr destination, String target) {
        put(table, destination, new Entry(nextId(), target, byHand()));
    }

    /// Flannel has added a route.
    public synchronized void put(String table, Cidr destination, String target, String text) {
        put(table, destination, new Entry(nextId(), target, text));
    }

    String nextId() {
        return String.valueOf(++last);
    }

    void put(String table, Cidr destination, Entry entry) {
        tables.now().get(table).put(destination, entry);
        tables.changed();
        tellOf(table, destination, target(entry));
    }

    /// Somebody deletes a route by hand.
    public synchronized boolean delete(String table, Cidr destination) {
        boolean there = tables.now().get(table).remove(destination) != null;
        tables.changed();
        tellOf(table, destination, Optional.empty());
        return there;
    }

    @Override
    public synchronized boolean delete(Cidr destination) {
        return delete(subnetsTable, destination);
    }

    private void tellOf(String table, Cidr destination, Optional<Machine> machine) {
        if (table.equals(subnetsTable)) {
            tell(destination, machine);
        }
    }

    Optional<Machine> target(Entry entry) {
        return machines().values().stream()
                .filter(it -> name(it).equals(entry.target()))
                .findFirst();
    }
}
