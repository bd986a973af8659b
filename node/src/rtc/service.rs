//! The task that owns sockets, clock and connections.

use std::future::poll_fn;
use std::time::Instant;

use tablon_core::hash::PeerId;
use tokio::sync::mpsc;
use tokio::time::sleep_until;
use tokio_util::sync::CancellationToken;

use super::Order;
use super::connection::Common;
use super::sockets::{DATAGRAM, Sockets};
use super::table::Table;
use crate::driver::Door;

/// Events that wait for the driver, at most. While so many do nothing is read, the
/// sockets overflow and SCTP slows the senders down. Of full messages, 8.4 MiB; the last
/// datagram may fill a gap and so release what one SCTP window holds, 1 MiB, at once.
const MAX_WAITING: usize = 64;

/// What a service is made of.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) me: PeerId,
    pub(crate) sockets: Sockets,
    pub(crate) door: Door,
    pub(crate) orders: mpsc::Receiver<Order>,
}

impl Service {
    /// Serve until it is time to stop.
    pub(crate) async fn serve(self, stopping: CancellationToken) {
        let Self {
            me,
            mut sockets,
            door,
            mut orders,
        } = self;
        let mut table = Table::new(me, Common::new(&sockets.addresses()));
        let mut buffer = [0; DATAGRAM];
        loop {
            send(&mut table, &sockets).await;
            let due = table.due(Instant::now());
            let waiting = table.events.len();
            tokio::select! {
                () = stopping.cancelled() => break,
                room = door.room(), if waiting > 0 => match (room, table.events.pop_front()) {
                    (Some(room), Some(event)) => room.send(event),
                    _ => break,
                },
                order = orders.recv() => match order {
                    Some(order) => table.take(order, Instant::now()),
                    None => break,
                },
                (bytes, from, to) = sockets.receive(&mut buffer), if waiting < MAX_WAITING => {
                    table.receive(bytes, from, to, Instant::now());
                }
                (id, letter) = poll_fn(|context| table.poll_mail(context)) => {
                    table.post(id, letter, Instant::now());
                }
                () = sleep_until(due.into()) => table.pass(Instant::now()),
            }
        }
        table.close();
        send(&mut table, &sockets).await;
    }
}

async fn send(table: &mut Table, sockets: &Sockets) {
    for datagram in std::mem::take(&mut table.datagrams) {
        sockets
            .send(datagram.source, datagram.destination, &datagram.contents)
            .await;
    }
}
