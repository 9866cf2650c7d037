package jflannel.kernel;

import java.util.List;
import jflannel.linux.Fd;
import jflannel.linux.KernelException;

/// Where a [KernelWatch] gets its news from, until it breaks.
interface NewsSource extends AutoCloseable {
    /// Waits for news. Of several about one subject only the last is returned.
    ///
    /// @return none if it was asked to stop
    /// @throws KernelException if this source is of no more use
    List<KernelNews> next() throws KernelException;

    @Override
    void close();

    @FunctionalInterface
    interface Opener {
        /// @param stop an eventfd that ends the waiting of [NewsSource#next] for good
        NewsSource open(Fd stop) throws KernelException;
    }
}
