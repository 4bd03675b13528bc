//! Which of the numbered messages one receiver has had.

/// Which numbers a member has had: all below `next`, and those whose bits are set from there on.
#[derive(Default)]
pub(super) struct Member {
    pub(super) next: u64,
    pub(super) ahead: u64,
}

pub(super) enum Arrival {
    InOrder,
    Early,
    Again,
}

impl Member {
    /// Notes a number; also says how many were given up as never to come.
    pub(super) fn arrived(&mut self, seq: u64) -> (Arrival, u64) {
        if seq < self.next || (seq - self.next < 64 && self.ahead >> (seq - self.next) & 1 == 1) {
            return (Arrival::Again, 0);
        }
        let mut given_up = 0;
        while seq - self.next >= 64 {
            given_up += u64::from(self.ahead & 1 == 0);
            self.ahead >>= 1;
            self.next += 1;
        }
        let early = seq > self.next;
        self.ahead |= 1 << (seq - self.next);
        let run = self.ahead.trailing_ones();
        self.ahead = self.ahead.checked_shr(run).unwrap_or(0);
        self.next += u64::from(run);
        (
            if early {
                Arrival::Early
            } else {
                Arrival::InOrder
            },
            given_up,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{Arrival, Member};

    fn feed(seqs: &[u64]) -> (Member, u64, u64, u64) {
        let (mut m, mut early, mut again, mut lost) = (Member::default(), 0, 0, 0);
        for s in seqs {
            let (a, given_up) = m.arrived(*s);
            lost += given_up;
            match a {
                Arrival::InOrder => {}
                Arrival::Early => early += 1,
                Arrival::Again => again += 1,
            }
        }
        (m, early, again, lost)
    }

    #[test]
    fn order_duplicates_and_gaps() {
        let (m, early, again, lost) = feed(&[0, 1, 2, 3]);
        assert_eq!((m.next, early, again, lost), (4, 0, 0, 0));
        let (m, early, again, lost) = feed(&[1, 0, 2, 2, 0]);
        assert_eq!((m.next, early, again, lost), (3, 1, 2, 0));
        // 1 never comes: it is given up once 65 has come.
        let seqs: Vec<u64> = (0..70).filter(|s| *s != 1).collect();
        let (m, _, again, lost) = feed(&seqs);
        assert_eq!((m.next, again, lost), (70, 0, 1));
        // A full window of 64 ahead at once.
        let mut seqs: Vec<u64> = (1..64).collect();
        seqs.push(0);
        let (m, early, again, lost) = feed(&seqs);
        assert_eq!((m.next, m.ahead, early, again, lost), (64, 0, 63, 0, 0));
        let (m, _, _, lost) = feed(&[200]);
        assert_eq!((lost, m.next, m.ahead >> 63), (137, 137, 1));
    }
}
