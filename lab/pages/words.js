/** Every word of the page, in Chinese and English. */

const WORDS = {
  zh: {
    lab: "汇流", tag: "实验室", misbehave: "捣乱", keys: "快捷键", language: "EN", languageHint: "Switch to English",
    addCustomer: "添加客户", name: "姓名", phone: "手机号（可空）", cancel: "取消", add: "添加", close: "关闭",
    wechat: "微信", wecom: "微信客服", sms: "短信", email: "邮件", webchat: "网页", telegram: "Telegram", custom: "App",
    sms_aliyun: "阿里云短信", sms_tencent: "腾讯云短信", sms_twilio: "Twilio 短信", sms_smpp: "SMPP 短信", sms_cmpp: "CMPP 短信",
    customers: "客户", noAccount: "没有这种账号", noAccountHint: "在汇流里添加后重启实验室。",
    emptyWechat: "还没有说过话", emptyWechatHint: "写一句，看坐席怎么接。",
    emptySms: "还没有短信", emptySmsHint: "发一条短信，或等一条通知。",
    emptyMail: "邮箱是空的", emptyMailHint: "写一封信给客服邮箱。",
    emptyWeb: "没有演示页面", emptyWebHint: "网页聊天开在汇流自己的页面上。",
    write: "写点什么…", send: "发送", picture: "选一张图片", sample: "发送示例图片", place: "发送位置",
    block: "屏蔽", unblock: "解除屏蔽", blocked: "已屏蔽，解除后才能说话。", startedNotice: "已开始对话", blockedNotice: "已屏蔽机器人", unblockedNotice: "已解除屏蔽",
    enter: "进入会话", enteredNotice: "已进入会话", recalledNotice: "已撤回一条消息", recall: "撤回上一条",
    follow: "关注", unfollow: "取消关注", unfollowed: "未关注，先关注才能说话。",
    followedNotice: "已关注公众号", unfollowedNotice: "已取消关注",
    serviceDown: "该公众号提供的服务出现故障，请稍后再试",
    placeLabel: "上海市黄浦区外滩", pictureGone: "图片已失效",
    sending: "投递中…", taken: "已接收", refused: "被拒", timed_out: "超时", unreachable: "连不上",
    retrying: "将重投", givenUp: "已放弃", times: "共投 {n} 次", passive: "被动回复",
    delivered: "回执：已送达", failedReceipt: "回执：失败 {code}",
    newMail: "写信", reply: "回复", to: "收件人", subject: "主题", mailProgram: "邮件程序", back: "返回",
    noSubject: "（无主题）", attached: "已附图片", remove: "去掉", openPage: "在新窗口打开",
    down: "与实验室断线，正在重连…", tooLarge: "图片超过 10 MB", notPicture: "只能发图片",
    misbehaveTitle: "让服务商捣乱", allGood: "全部恢复正常", answers: "接口应答", receipts: "回执",
    thrice: "每件事都同时投三次", seconds: "慢几秒", failureCode: "失败代码",
    killToken: "作废令牌", expireToken: "令牌过期",
    a_normal: "正常", a_error: "服务器错误", a_html: "返回网页", a_busy: "繁忙", a_slow: "很慢", a_cut: "接收前断线", a_lost: "接收后断线",
    h_normal: "按文档应答。", h_error: "HTTP 500（邮件：451）；什么也没收下。", h_html: "网关错误页（邮件：550 拒收）。",
    h_busy: "用服务商自己的代码要求放慢。", h_slow: "先等若干秒，再正常应答。", h_cut: "断线，客户什么也没收到。",
    h_lost: "应答只发一半就断线，客户其实已收到。",
    r_normal: "及时", r_early: "早于应答", r_late: "很晚", r_twice: "两次", r_swapped: "乱序", r_failed: "失败", r_never: "没有",
    keyCustomer: "下一位 / 上一位客户", keyDevice: "到某个设备", keyMisbehave: "捣乱", keySend: "发送", keyHelp: "快捷键", keyEsc: "返回、关闭",
  },
  en: {
    lab: "Huiliu", tag: "lab", misbehave: "Misbehave", keys: "Keys", language: "中文", languageHint: "切换到中文",
    addCustomer: "Add a customer", name: "Name", phone: "Phone (optional)", cancel: "Cancel", add: "Add", close: "Close",
    wechat: "WeChat", wecom: "WeCom", sms: "SMS", email: "Mail", webchat: "Web chat", telegram: "Telegram", custom: "App",
    sms_aliyun: "SMS Aliyun", sms_tencent: "SMS Tencent Cloud", sms_twilio: "SMS Twilio", sms_smpp: "SMS SMPP", sms_cmpp: "SMS CMPP",
    customers: "Customers", noAccount: "No such account", noAccountHint: "Add one in Huiliu, then restart the lab.",
    emptyWechat: "Nothing said yet", emptyWechatHint: "Write a line and see how an agent takes it.",
    emptySms: "No messages yet", emptySmsHint: "Text something, or wait for a notice.",
    emptyMail: "The mailbox is empty", emptyMailHint: "Write to the service mailbox.",
    emptyWeb: "No demo page", emptyWebHint: "Web chat lives on a page of Huiliu's own.",
    write: "Write something…", send: "Send", picture: "Choose a picture", sample: "Send the sample picture", place: "Send a place",
    block: "Block", unblock: "Unblock", blocked: "Blocked. Unblock first to write.", startedNotice: "The chat was started", blockedNotice: "The bot was blocked", unblockedNotice: "The bot was unblocked",
    enter: "Open the chat", enteredNotice: "The chat was opened", recalledNotice: "A message was taken back", recall: "Take the last one back",
    follow: "Follow", unfollow: "Unfollow", unfollowed: "Not following. Follow first to write.",
    followedNotice: "Now following this account", unfollowedNotice: "No longer following",
    serviceDown: "The service of this account is out of order, try later",
    placeLabel: "The Bund, Huangpu, Shanghai", pictureGone: "This picture is gone",
    sending: "delivering…", taken: "taken", refused: "refused", timed_out: "timed out", unreachable: "unreachable",
    retrying: "will try again", givenUp: "given up", times: "delivered {n}×", passive: "passive reply",
    delivered: "receipt: delivered", failedReceipt: "receipt: failed {code}",
    newMail: "New mail", reply: "Reply", to: "To", subject: "Subject", mailProgram: "Mail program", back: "Back",
    noSubject: "(no subject)", attached: "Picture attached", remove: "Remove", openPage: "Open in a window",
    down: "The line to the lab is down, trying again…", tooLarge: "The picture is over 10 MB", notPicture: "Only pictures can be sent",
    misbehaveTitle: "Make the providers misbehave", allGood: "All good again", answers: "API answers", receipts: "Receipts",
    thrice: "Deliver everything three times at once", seconds: "Seconds", failureCode: "Failure code",
    killToken: "Kill the token", expireToken: "Expire the token",
    a_normal: "Normal", a_error: "Server error", a_html: "A web page", a_busy: "Busy", a_slow: "Slow", a_cut: "Cut before taking", a_lost: "Cut after taking",
    h_normal: "Answers as documented.", h_error: "HTTP 500 (mail: 451); nothing is taken.", h_html: "A gateway's error page (mail: 550).",
    h_busy: "Asks to slow down, by the provider's own code.", h_slow: "Waits, then answers properly.", h_cut: "The line drops; the customer gets nothing.",
    h_lost: "The line drops half-way through the answer; the customer got it.",
    r_normal: "In time", r_early: "Before the answer", r_late: "Late", r_twice: "Twice", r_swapped: "Out of order", r_failed: "Failed", r_never: "Never",
    keyCustomer: "next / previous customer", keyDevice: "go to a device", keyMisbehave: "misbehave", keySend: "send", keyHelp: "these keys", keyEsc: "back, close",
  },
};

const STORED = "huiliu-lab-language";

let language = localStorage.getItem(STORED) ?? (navigator.language.startsWith("zh") ? "zh" : "en");

/** A word, with {placeholders} filled. */
export function t(key, values = {}) {
  return WORDS[language][key].replace(/\{(\w+)\}/g, (_all, name) => values[name]);
}

export function switchLanguage() {
  language = language === "zh" ? "en" : "zh";
  localStorage.setItem(STORED, language);
  showLanguage();
}

/** Tell the browser which language the page is in. */
export function showLanguage() {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
}

/** Hours and minutes; the full time is for the title. */
export function clock(at) {
  return new Date(at).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hour12: false });
}

export function fullTime(at) {
  return new Date(at).toLocaleString(document.documentElement.lang);
}
