/// The day of the date that was read last: the next one mostly has the same, and only its time of day is read then.
struct DayOfDate {
  private var text: (UInt64, UInt16) = (0, 0)
  /// From 1970 to the day's midnight.
  private var seconds: Int64 = 0

  /// Passes over `2020-12-31T08:30:00`, with the delimiter or the end behind it.
  /// - Returns: nil, and nothing is passed over, for any other text, which ``CalendarTime`` may read.
  @inline(__always)
  mutating func time(_ row: ByteSlice, _ position: inout Int, before delimiter: UInt8) -> CalendarTime? {
    let end = position &+ 19
    guard end == row.count || end < row.count && row.base[end] == delimiter else { return nil }
    let base = row.base + position
    guard base[10] == 0x54 || base[10] == 0x20 else { return nil }
    let bytes = UnsafeRawPointer(base)
    let day = (bytes.loadUnaligned(as: UInt64.self), (bytes + 8).loadUnaligned(as: UInt16.self))
    if day != text {
      guard readDay(base) else { return nil }
      text = day
    }
    // Digits are 0 to 9 and colons 0; adding 0x76 sets the high bit of what is more than 9.
    let word = (bytes + 11).loadUnaligned(as: UInt64.self).littleEndian ^ 0x3030_3A30_303A_3030
    guard (word &+ 0x7676_7676_7676_7676 | word) & 0x8080_8080_8080_8080 == 0, word & 0x0000_FF00_00FF_0000 == 0 else {
      return nil
    }
    let pairs = (word &* 2561) &>> 8
    let (hour, minute, second) = (pairs & 0xFF, pairs &>> 24 & 0xFF, pairs &>> 48 & 0xFF)
    // 60 is a leap second.
    guard hour < 24, minute < 60, second <= 60 else { return nil }
    position = end
    return CalendarTime(
      local: seconds &+ Int64(truncatingIfNeeded: hour &* 3600 &+ minute &* 60 &+ second))
  }

  @inline(never)
  private mutating func readDay(_ base: UnsafePointer<UInt8>) -> Bool {
    guard base[4] == 0x2D, base[7] == 0x2D, let day = CalendarTime(ByteSlice(base: base, count: 10)) else {
      return false
    }
    seconds = day.seconds
    return true
  }
}
