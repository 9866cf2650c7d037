/// A small client for the Kubernetes API: [ApiServer] gets, lists, watches and patches objects of any kind over
/// connections of its own; [Access] finds the server and logs in; [ListWatch] keeps a listener informed of all
/// objects of one kind, which a [Resource] describes.
///
/// Made for a fast start: HTTP/1.1 over Java's own sockets, and JSON that is parsed as it arrives. Of the client
/// library, only the reader of kubeconfig files is used.
package jflannel.kubeapi;
