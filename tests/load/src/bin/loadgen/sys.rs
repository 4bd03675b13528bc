//! The few system calls that std does not offer: epoll, a non-blocking connect with a chosen source
//! address, CPU pinning. All `unsafe` of the program is in this file.
#![expect(unsafe_code, reason = "the system calls themselves")]

use std::ffi::{c_int, c_uint, c_void};
use std::io;
use std::net::{Ipv4Addr, SocketAddrV4, TcpStream};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

pub(crate) const EPOLLIN: u32 = 0x001;
pub(crate) const EPOLLOUT: u32 = 0x004;
pub(crate) const EPOLLERR: u32 = 0x008;
pub(crate) const EPOLLHUP: u32 = 0x010;
pub(crate) const EPOLLRDHUP: u32 = 0x2000;

const EPOLL_CTL_ADD: c_int = 1;
const EPOLL_CTL_MOD: c_int = 3;
const EPOLL_CLOEXEC: c_int = 0o2000000;
const AF_INET: c_int = 2;
const SOCK_STREAM: c_int = 1;
const SOCK_NONBLOCK: c_int = 0o4000;
const SOCK_CLOEXEC: c_int = 0o2000000;
const IPPROTO_IP: c_int = 0;
const IPPROTO_TCP: c_int = 6;
const TCP_NODELAY: c_int = 1;
const IP_BIND_ADDRESS_NO_PORT: c_int = 24;
const EINPROGRESS: i32 = 115;

#[derive(Clone, Copy)]
#[cfg_attr(target_arch = "x86_64", repr(C, packed))]
#[cfg_attr(not(target_arch = "x86_64"), repr(C))]
pub(crate) struct EpollEvent {
    pub(crate) events: u32,
    pub(crate) data: u64,
}

#[repr(C)]
struct SockAddrIn {
    family: u16,
    port: u16,
    addr: u32,
    zero: [u8; 8],
}

#[repr(C)]
struct RLimit {
    cur: u64,
    max: u64,
}

unsafe extern "C" {
    fn epoll_create1(flags: c_int) -> c_int;
    fn epoll_ctl(epfd: c_int, op: c_int, fd: c_int, event: *mut EpollEvent) -> c_int;
    fn epoll_wait(epfd: c_int, events: *mut EpollEvent, max: c_int, timeout_ms: c_int) -> c_int;
    fn socket(domain: c_int, kind: c_int, protocol: c_int) -> c_int;
    fn bind(fd: c_int, addr: *const SockAddrIn, len: c_uint) -> c_int;
    fn connect(fd: c_int, addr: *const SockAddrIn, len: c_uint) -> c_int;
    fn setsockopt(fd: c_int, level: c_int, name: c_int, value: *const c_void, len: c_uint)
    -> c_int;
    fn sched_setaffinity(pid: c_int, size: usize, mask: *const u64) -> c_int;
    fn getrlimit(resource: c_int, limit: *mut RLimit) -> c_int;
    fn setrlimit(resource: c_int, limit: *const RLimit) -> c_int;
}

fn check(r: c_int) -> io::Result<c_int> {
    if r < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(r)
    }
}

pub(crate) struct Epoll {
    fd: OwnedFd,
}

impl Epoll {
    pub(crate) fn new() -> io::Result<Epoll> {
        // SAFETY: plain syscall; the returned descriptor is owned by nobody else.
        let fd = unsafe { OwnedFd::from_raw_fd(check(epoll_create1(EPOLL_CLOEXEC))?) };
        Ok(Epoll { fd })
    }

    fn ctl(&self, op: c_int, fd: RawFd, events: u32, data: u64) -> io::Result<()> {
        let mut ev = EpollEvent { events, data };
        // SAFETY: `ev` lives across the call; the kernel only reads it.
        check(unsafe { epoll_ctl(self.fd.as_raw_fd(), op, fd, &mut ev) })?;
        Ok(())
    }

    pub(crate) fn add(&self, fd: RawFd, events: u32, data: u64) -> io::Result<()> {
        self.ctl(EPOLL_CTL_ADD, fd, events, data)
    }

    pub(crate) fn modify(&self, fd: RawFd, events: u32, data: u64) -> io::Result<()> {
        self.ctl(EPOLL_CTL_MOD, fd, events, data)
    }

    pub(crate) fn wait<'a>(
        &self,
        buf: &'a mut [EpollEvent],
        timeout_ms: i32,
    ) -> io::Result<&'a [EpollEvent]> {
        // SAFETY: the kernel writes at most `buf.len()` entries into `buf`.
        let n = unsafe {
            epoll_wait(
                self.fd.as_raw_fd(),
                buf.as_mut_ptr(),
                buf.len() as c_int,
                timeout_ms,
            )
        };
        match check(n) {
            Ok(n) => Ok(&buf[..n as usize]),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => Ok(&[]),
            Err(e) => Err(e),
        }
    }
}

fn sockaddr(ip: Ipv4Addr, port: u16) -> SockAddrIn {
    SockAddrIn {
        family: AF_INET as u16,
        port: port.to_be(),
        addr: u32::from_ne_bytes(ip.octets()),
        zero: [0; 8],
    }
}

/// Starts a non-blocking connect, optionally from a chosen source address (so that more than one
/// ephemeral port range can be used against one server address).
pub(crate) fn connect_nonblocking(
    dst: SocketAddrV4,
    src: Option<Ipv4Addr>,
) -> io::Result<TcpStream> {
    const LEN: c_uint = std::mem::size_of::<SockAddrIn>() as c_uint;
    let one: c_int = 1;
    let onep = &one as *const c_int as *const c_void;
    // SAFETY: plain syscalls on a descriptor that this function owns; all pointers outlive the calls.
    unsafe {
        let fd = OwnedFd::from_raw_fd(check(socket(
            AF_INET,
            SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
            0,
        ))?);
        let raw = fd.as_raw_fd();
        check(setsockopt(raw, IPPROTO_TCP, TCP_NODELAY, onep, 4))?;
        if let Some(ip) = src {
            check(setsockopt(
                raw,
                IPPROTO_IP,
                IP_BIND_ADDRESS_NO_PORT,
                onep,
                4,
            ))?;
            check(bind(raw, &sockaddr(ip, 0), LEN))?;
        }
        if connect(raw, &sockaddr(*dst.ip(), dst.port()), LEN) < 0 {
            let e = io::Error::last_os_error();
            if e.raw_os_error() != Some(EINPROGRESS) {
                return Err(e);
            }
        }
        Ok(TcpStream::from(fd))
    }
}

/// Pins the calling thread to one CPU.
pub(crate) fn pin_to_cpu(cpu: usize) -> io::Result<()> {
    let mut mask = [0u64; 16];
    let Some(word) = mask.get_mut(cpu / 64) else {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "cpu number too large",
        ));
    };
    *word |= 1 << (cpu % 64);
    // SAFETY: the mask outlives the call; pid 0 is the calling thread.
    check(unsafe { sched_setaffinity(0, std::mem::size_of_val(&mask), mask.as_ptr()) })?;
    Ok(())
}

/// Raises the soft limit of open files to the hard limit; returns the limit in force.
pub(crate) fn raise_nofile() -> u64 {
    const RLIMIT_NOFILE: c_int = 7;
    let mut lim = RLimit { cur: 0, max: 0 };
    // SAFETY: the kernel fills / reads the local struct.
    unsafe {
        if getrlimit(RLIMIT_NOFILE, &mut lim) != 0 {
            return 1024;
        }
        if lim.cur < lim.max {
            let want = RLimit {
                cur: lim.max,
                max: lim.max,
            };
            if setrlimit(RLIMIT_NOFILE, &want) == 0 {
                lim.cur = lim.max;
            }
        }
    }
    lim.cur
}
